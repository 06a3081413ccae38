package host

import (
	"context"
	"syscall/js"
)

// A Job makes one check and returns its JSON. With ask nil it is offline.
type Job func(ctx context.Context, ask Ask) ([]byte, error)

// Run tells the page that the program can be called, and serves it. For each
// check, read takes what is the program's own of the arguments.
func Run(read func(args []js.Value) Job) {
	page := js.Global().Get("akashi")
	var waiting Questions
	// A call from JavaScript must return before a question can be answered, so
	// the check is made in a goroutine of its own.
	check := func(_ js.Value, args []js.Value) any {
		id, online := args[0].Int(), args[1].Bool()
		job := read(args[2:])
		var ask Ask
		if online {
			ask = func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
				return waiting.Wait(ctx,
					func(number int) { page.Call("ask", id, number, method, string(arguments)) },
					func(number int) { page.Call("drop", number) })
			}
		}
		go func() {
			b, err := job(context.Background(), ask)
			if err != nil {
				page.Call("done", id, "", err.Error())
				return
			}
			page.Call("done", id, string(b), "")
		}()
		return nil
	}
	answer := func(_ js.Value, args []js.Value) any {
		waiting.Answer(args[0].Int(), []byte(args[1].String()), args[2].String())
		return nil
	}
	page.Call("ready", js.FuncOf(check), js.FuncOf(answer))
	select {}
}

// Bytes copies a Uint8Array.
func Bytes(v js.Value) []byte {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}
