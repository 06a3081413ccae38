// Command wasm is the verifier for pages and for node.js: the core of package
// verify, compiled by the stock Go compiler for WebAssembly. docs/wasm.md says
// how a page embeds it.
//
// akashi-verify.mjs starts it by the protocol of package host and calls
//
//	check(id, online, record, evidence, policy, issuer, now, timeout)
//
// with three Uint8Arrays and a string; Unix seconds or null; milliseconds or 0.
// The answer is the report. A check of badges by themselves is the module of
// verify/wasm/badge, which this one does without.
package main

import (
	"context"
	"syscall/js"
	"time"

	"github.com/akashi-project/akashi/verify/wasm/bridge"
	"github.com/akashi-project/akashi/verify/wasm/host"
)

func main() {
	host.Run(func(args []js.Value) host.Job {
		r := bridge.Request{Record: host.Bytes(args[0]), Evidence: host.Bytes(args[1]), Policy: host.Bytes(args[2]), Issuer: args[3].String()}
		if !args[4].IsNull() {
			r.Now = time.Unix(int64(args[4].Float()), 0)
		}
		r.Timeout = time.Duration(args[5].Float() * float64(time.Millisecond))
		return func(ctx context.Context, ask host.Ask) ([]byte, error) { return bridge.Check(ctx, r, ask) }
	})
}
