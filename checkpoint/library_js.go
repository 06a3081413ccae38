package checkpoint

import (
	"time"

	"github.com/akashi-project/akashi/checkpoint/internal/notesig"
	"golang.org/x/mod/sumdb/note"
)

// noteVerifier returns the verifier of a key that parseVkey has read. A
// browser gets it without the library of the other builds, which brings
// crypto/x509.
func noteVerifier(vkey string) (note.Verifier, error) { return notesig.NewVerifier(vkey) }

// signatureTime returns the time that a timestamped signature carries.
func signatureTime(s note.Signature) (time.Time, error) { return notesig.Timestamp(s) }
