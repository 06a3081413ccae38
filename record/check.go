package record

// CheckJSON holds b, which is to be one JSON object, to the gates of Parse and
// makes no record of it. The error is a *FormatError. It keeps nothing of b.
func CheckJSON(b []byte) error {
	if err := checkSize(b); err != nil {
		return err
	}
	if !looksLikeJSON(b) {
		return refuse(b, GateSyntax, 0, "not a JSON object")
	}
	return checkJSON(b, true)
}

// SplitJWS holds b to the exact compact serialisation that Parse takes, and
// decodes its segments. The error is a *FormatError. It keeps nothing of b.
func SplitJWS(b []byte) (Segments, error) {
	if err := checkSize(b); err != nil {
		return Segments{}, err
	}
	s, isJWS, err := splitJWS(b)
	if !isJWS {
		return s, refuse(b, GateJWS, 0, "not three segments of base64url with dots between")
	}
	return s, err
}

// checkSize refuses input that is empty or larger than MaxSize.
func checkSize(b []byte) error {
	if len(b) == 0 {
		return refuse(b, GateEmpty, 0, "there are no bytes; submit the record itself")
	}
	if len(b) > MaxSize {
		return refuse(b[:MaxSize], GateSize, MaxSize,
			"%d bytes, at most %d are taken; split the file", len(b), MaxSize)
	}
	return nil
}
