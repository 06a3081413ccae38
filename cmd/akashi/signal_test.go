package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/testnet/await"
)

// TestSecondSignal holds that a stop waits for an open request, and that a
// second signal cuts the waiting short and loses nothing that was answered.
func TestSecondSignal(t *testing.T) {
	w := newWorld(t, build(t, ""))
	p := w.start(nil, "http.shutdown_timeout=5m", "anchor.interval=1h")
	badge := "../../testdata/records/ob3.json"
	w.run(0, "--dir", w.dir, "submit", badge)
	conn, err := net.Dial("tcp", w.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", w.client().Token)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q, %v", line, err)
	}
	p.interrupt()
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	w.until("the node begins to stop", func(context.Context) bool {
		select {
		case err := <-ended:
			t.Fatalf("the node did not wait for the request: %v\n%s", err, p.Log())
		default:
		}
		return strings.Contains(p.Log(), "node stopping")
	})
	p.interrupt()
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !errors.As(err, &exit) || !ok || !status.Signaled() {
			t.Errorf("after two signals the node ended with %v", err)
		}
	case <-time.After(await.Patience):
		t.Fatalf("a second signal does not end the node\n%s", p.Log())
	}
	again := w.start(nil)
	if out := w.run(0, "--dir", w.dir, "submit", badge); !strings.Contains(out, "was there already") {
		t.Errorf("after the restart: %s", out)
	}
	w.stop(again)
}
