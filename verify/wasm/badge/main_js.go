// Command badge is the check of badges by themselves for pages and for
// node.js: package record/badge with its proofs, keys and status lists, compiled
// for WebAssembly as a module that is loaded when it is needed. docs/wasm.md
// says how a page embeds it.
//
// akashi-badge.mjs starts it by the protocol of package host and calls
//
//	check(id, online, badge, replay, recipient, language, now, timeout)
//
// with two Uint8Arrays, the second empty for none, and two strings; Unix seconds
// or null; milliseconds or 0. The answer is that of package bridge.
package main

import (
	"context"
	"syscall/js"
	"time"

	"github.com/akashi-project/akashi/verify/wasm/badge/bridge"
	"github.com/akashi-project/akashi/verify/wasm/host"
)

func main() {
	host.Run(func(args []js.Value) host.Job {
		r := bridge.Request{Badge: host.Bytes(args[0]), Replay: host.Bytes(args[1]), Recipient: args[2].String(), Language: args[3].String()}
		if !args[4].IsNull() {
			r.Now = time.Unix(int64(args[4].Float()), 0)
		}
		r.Timeout = time.Duration(args[5].Float() * float64(time.Millisecond))
		return func(ctx context.Context, ask host.Ask) ([]byte, error) { return bridge.Check(ctx, r, ask) }
	})
}
