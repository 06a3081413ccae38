package await_test

import (
	"context"
	"fmt"
	"net"

	"github.com/akashi-project/akashi/testnet/await"
)

// A server of another process says nothing when it begins to listen.
func ExampleNil() {
	server, _ := net.Listen("tcp", "127.0.0.1:0")
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	err := await.Nil(ctx, func() error {
		c, err := net.Dial("tcp", server.Addr().String())
		if err == nil {
			c.Close()
		}
		return err
	})
	fmt.Println(err)
	// Output: <nil>
}
