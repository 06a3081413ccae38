package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/akashi-project/akashi/store/durable"
)

func Example() {
	dir, err := os.MkdirTemp("", "durable")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "key.pem")
	fmt.Println(durable.Create(path, 0o600, []byte("a key")))
	err = durable.Create(path, 0o600, []byte("another"))
	fmt.Println(errors.Is(err, fs.ErrExist))
	// Output:
	// <nil>
	// true
}
