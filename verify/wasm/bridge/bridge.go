// Package bridge puts the verifier behind what JavaScript can hand over: bytes
// and JSON. Every failure is an error with a sentence for people; whatever
// comes in, nothing panics.
//
// A request is judged as the native verifier judges it, and the report has the
// same JSON. A chain reader, when the page has one, is asked by the name of a
// method and a JSON array of arguments, and answers with JSON:
//
//	chainId    []               N
//	code       [ADDRESS]        "0x…", the runtime code at the latest block
//	finalized  []               BLOCK
//	block      [N]              BLOCK
//	head       [LOG,BLOCK]      {"size":N,"root":HEX,"time":N,"closed":BOOL}
//	anchored   [LOG,N]          [{"size":N,"root":HEX,"prevSize":N,"block":BLOCK},…]
//	keyChanges [LOG,BLOCK]      [{"atSize":N,"keys":"0x…","block":BLOCK},…]
//
//	BLOCK = {"number":N,"hash":"0x…","time":N}
//	LOG   = {"chainId":N,"registry":"0x…","log":"0x…"}
//
// They are the questions of verify.Chain, and mean the same, but that the code
// itself is asked for and hashed here. Members that nobody asked for are passed
// over. An answer is at most MaxAnswer bytes of JSON.
package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/akashi-project/akashi/verify"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits on what JavaScript hands over. The verifier has closer ones for
// records and evidence, and reports what exceeds those.
const (
	MaxInput   = verify.MaxPolicySize // bytes of a record, of evidence, of a policy
	MaxIssuer  = 2048                 // bytes of an issuer's name
	MaxTimeout = 10 * time.Minute     // for one question to the chain reader
)

// A Request is one question to the verifier.
type Request struct {
	Record   []byte
	Evidence []byte
	Policy   []byte // JSON
	Issuer   string // who must have issued the record; empty: whoever did

	Now     time.Time     // by which a status is old; zero: the clock
	Timeout time.Duration // of one question to the chain reader; 0: verify.DefaultCallTimeout
}

// validate returns an error when a limit is passed.
func (r Request) validate() error {
	for _, in := range []struct {
		name string
		size int
	}{{"record", len(r.Record)}, {"evidence", len(r.Evidence)}, {"policy", len(r.Policy)}} {
		if in.size > MaxInput {
			return fmt.Errorf("%s has %d bytes, at most %d are taken", in.name, in.size, MaxInput)
		}
	}
	switch {
	case len(r.Issuer) > MaxIssuer:
		return fmt.Errorf("issuer has %d bytes, at most %d are taken", len(r.Issuer), MaxIssuer)
	case !utf8.ValidString(r.Issuer):
		return errors.New("issuer is not UTF-8")
	case r.Timeout < 0 || r.Timeout > MaxTimeout:
		return fmt.Errorf("timeout is %v, want at most %v", r.Timeout, MaxTimeout)
	}
	return nil
}

// Check judges a record by its evidence and returns the report as JSON. With
// ask nil it is offline. An error says that there is no report, and why: the
// policy cannot be read, or a limit is passed.
func Check(ctx context.Context, r Request, ask Ask) (report []byte, err error) {
	// The instance serves other checks too, and must outlive a defect.
	defer func() {
		if recover() != nil {
			report, err = nil, errors.New("the verifier came to a case that it has no rule for; this is a defect, please report it")
		}
	}()
	if err := r.validate(); err != nil {
		return nil, err
	}
	policy, err := verify.ParsePolicy(r.Policy)
	if err != nil {
		return nil, err
	}
	v := verify.Verifier{Policy: policy, ExpectIssuer: r.Issuer, CallTimeout: r.Timeout}
	if ask != nil {
		v.Chain = chain{ask}
	}
	if !r.Now.IsZero() {
		v.Now = func() time.Time { return r.Now }
	}
	return json.Marshal(v.CheckBytes(ctx, r.Record, r.Evidence), jsontext.AllowInvalidUTF8(true))
}
