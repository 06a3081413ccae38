//go:build !js

package checkpoint

import (
	"time"

	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// noteVerifier returns the verifier of a key that parseVkey has read.
func noteVerifier(vkey string) (note.Verifier, error) { return f_note.NewVerifier(vkey) }

// signatureTime returns the time that a timestamped signature carries.
func signatureTime(s note.Signature) (time.Time, error) { return f_note.CoSigV1Timestamp(s) }
