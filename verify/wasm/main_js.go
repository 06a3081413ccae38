// Command wasm is the verifier for pages and for node.js: the core of package
// verify, compiled by the stock Go compiler for WebAssembly. docs/wasm.md says
// how a page embeds it.
//
// akashi-verify.mjs starts the program in a world of its own: its global object
// is not the page's and holds neither document nor network nor storage, only an
// object akashi with these functions, none of which throws.
//
//	ready(check, answer)                 once, when the program can be called
//	done(id, report, error)              the end of one check: one of the two is ""
//	ask(id, question, method, arguments) put a question to the check's chain reader
//	drop(question)                       nobody waits for that answer any more
//
// In return it calls
//
//	check(id, record, evidence, policy, issuer, now, timeout, online)
//	    three Uint8Arrays and a string; Unix seconds or null; milliseconds or 0
//	answer(question, json, error)
//
// The program runs until the page drops it.
package main

import (
	"context"
	"errors"
	"sync"
	"syscall/js"
	"time"

	"github.com/akashi-project/akashi/verify/wasm/bridge"
)

var host = js.Global().Get("akashi")

func main() {
	host.Call("ready", js.FuncOf(check), js.FuncOf(answer))
	select {}
}

// check takes a request and judges it in a goroutine of its own, since a call
// from JavaScript must return before a question to a chain can be answered.
func check(_ js.Value, args []js.Value) any {
	id := args[0].Int()
	r := bridge.Request{Record: bytesOf(args[1]), Evidence: bytesOf(args[2]), Policy: bytesOf(args[3]), Issuer: args[4].String()}
	if !args[5].IsNull() {
		r.Now = time.Unix(int64(args[5].Float()), 0)
	}
	r.Timeout = time.Duration(args[6].Float() * float64(time.Millisecond))
	var ask bridge.Ask
	if args[7].Bool() {
		ask = func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
			return waiting.ask(ctx, id, method, arguments)
		}
	}
	go func() {
		report, err := bridge.Check(context.Background(), r, ask)
		if err != nil {
			host.Call("done", id, "", err.Error())
			return
		}
		host.Call("done", id, string(report), "")
	}()
	return nil
}

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

// A reply is what a chain reader says: JSON, or an error.
type reply struct {
	json []byte
	err  error
}

// questions holds those that wait for a reply.
type questions struct {
	mu   sync.Mutex
	last int
	open map[int]chan reply
}

var waiting = questions{open: map[int]chan reply{}}

func (q *questions) ask(ctx context.Context, check int, method string, arguments []byte) ([]byte, error) {
	ch := make(chan reply, 1)
	q.mu.Lock()
	q.last++
	number := q.last
	q.open[number] = ch
	q.mu.Unlock()
	host.Call("ask", check, number, method, string(arguments))
	select {
	case r := <-ch:
		return r.json, r.err
	case <-ctx.Done():
		q.take(number)
		host.Call("drop", number)
		return nil, ctx.Err()
	}
}

// take returns where the reply to a question goes, once.
func (q *questions) take(number int) chan reply {
	q.mu.Lock()
	defer q.mu.Unlock()
	ch := q.open[number]
	delete(q.open, number)
	return ch
}

func answer(_ js.Value, args []js.Value) any {
	if ch := waiting.take(args[0].Int()); ch != nil { // else it comes too late
		r := reply{json: []byte(args[1].String())}
		if why := args[2].String(); why != "" {
			r.err = errors.New(why)
		}
		ch <- r
	}
	return nil
}
