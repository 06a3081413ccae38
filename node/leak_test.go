package node

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/akashi-project/akashi/testnet"
)

// TestStopLeavesNothing stops a node while requests wait, a batch is half sent,
// events are streamed and the chain's RPC hangs, and holds that every goroutine
// of the process ends, whoever started it. It is not parallel: no other test
// runs meanwhile.
func TestStopLeavesNothing(t *testing.T) {
	c := chain(t)
	fault, err := testnet.NewFault(c.RPC())
	if err != nil {
		t.Fatal(err)
	}
	defer fault.Close()
	r := newRig(t, fault.URL(), func(o *InitOptions) { o.AnchorInterval = time.Hour })
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	before := goleak.IgnoreCurrent()

	r.start()
	transport := &http.Transport{}
	web := &http.Client{Transport: transport}
	client := &Client{URL: r.client.URL, Token: r.client.Token, HTTP: web}
	done := make(chan error, 2)
	go func() {
		_, err := client.Submit(context.Background(), Submission{Record: badge("https://leak.example", 1), Wait: StateFinal, Timeout: patience})
		done <- err
	}()
	waitFor(t, "the record to be logged", func() bool { return r.node.store.Tree().Size > 0 })
	stream, err := web.Get(client.URL + "/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewReader(stream.Body)
	if line, err := events.ReadString('\n'); err != nil {
		t.Fatalf("events begin with %q, %v", line, err)
	}
	if got := total(gathered(t, r.node)["akashi_events_in_flight_requests"]); got != 1 {
		t.Errorf("%v streams are counted", got)
	}
	half, sending := newHalf()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, client.URL+"/v1/records/batch", half)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+client.Token)
	req.Header.Set("Content-Type", BatchMediaType)
	batch, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := fault.Set(testnet.Faults{Hang: true}); err != nil {
		t.Fatal(err)
	}
	r.node.anchor.Request() // begins a question that has no answer

	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("the node does not stop")
	}
	if err := <-done; err != nil {
		t.Errorf("who waited for a final anchor got %v", err)
	}
	close(sending)
	stream.Body.Close()
	batch.Body.Close()
	transport.CloseIdleConnections()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	fault.Close()
	goleak.VerifyNone(t, before)
}

// half is a body of which one line comes, and then nothing until sending is
// closed.
type half struct {
	first *strings.Reader
	wait  chan struct{}
}

func newHalf() (*half, chan struct{}) {
	wait := make(chan struct{})
	return &half{strings.NewReader("{}\n"), wait}, wait
}

func (h *half) Read(p []byte) (int, error) {
	if n, err := h.first.Read(p); err == nil {
		return n, nil
	}
	<-h.wait
	return 0, context.Canceled
}
