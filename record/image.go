package record

import (
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/record/image"
)

// bakedIn returns the badge in a PNG or SVG image, and nil when the bytes are
// no image or an image without one, which is a plain file. What could be taken
// for a badge and is not whole is refused: it must not be logged as a plain
// file.
func bakedIn(b []byte) ([]byte, error) {
	at := image.Suspect(b)
	if at < 0 {
		return nil, nil
	}
	baked, err := image.Extract(b)
	var refused *image.Error
	switch {
	case errors.As(err, &refused):
		return nil, refuse(b, GateBaked, refused.Offset, "the image may hold a badge, but %s", refused.Reason)
	case err != nil: // an image without a badge, or damaged before its root element
		return nil, refuse(b, GateBaked, at, "here the image names Open Badges, but it holds no badge that can be read; submit the badge's JSON or JWS, or the picture without this")
	case baked.Badge.Content == nil:
		return nil, refuse(b, GateBaked, baked.Offset, "the image holds no badge, only the address of one; fetch the badge from there and submit its JSON")
	}
	return baked.Badge.Content, nil
}

// readBaked makes r the record of the badge in an image. Parse has said that
// there is one at offset.
func (r *Record) readBaked(badge []byte) (payload []byte, err error) {
	r.baked = true
	if looksLikeJSON(badge) {
		r.form = JSON
		r.canonical, err = canonicalJSON(badge)
	} else {
		s, isJWS, jwsErr := splitJWS(badge)
		if !isJWS {
			return nil, refuse(r.original, GateBaked, image.Suspect(r.original), "what is baked into the image is neither a JSON object nor a compact JWS")
		}
		r.form, r.canonical, r.signed, payload, err = JWS, badge, s.Signed, s.Payload, jwsErr
	}
	var inner *FormatError
	if errors.As(err, &inner) {
		// The place is that of the image; the gate that of the badge, which is
		// malformed or too large, whatever it came in.
		return nil, refuse(r.original, inner.Gate, image.Suspect(r.original), "of the badge baked in here, taken out: line %d, column %d (byte %d): %s",
			inner.Line, inner.Column, inner.Offset, inner.Reason)
	}
	if err != nil {
		return nil, fmt.Errorf("badge in an image: %w", err)
	}
	return payload, nil
}
