package controller

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ErrDIDWeb is wrapped by the errors of DIDWebURL.
var ErrDIDWeb = errors.New("not a did:web")

// DIDWebURL returns where the document of a did:web is kept:
//
//	did:web:uni.example                      https://uni.example/.well-known/did.json
//	did:web:uni.example%3A8443               https://uni.example:8443/.well-known/did.json
//	did:web:uni.example:faculty:law          https://uni.example/faculty/law/did.json
//
// (W3C CCG did:web Method, section 3.2). The host is a name and no address; of
// it, nothing is percent-encoded but the colon before a port. What would name
// another path than it shows is refused: empty and dotted segments, encoded
// slashes, backslashes and control characters.
func DIDWebURL(did string) (string, error) {
	rest, ok := strings.CutPrefix(did, "did:web:")
	if !ok || len(did) > 1024 {
		return "", fmt.Errorf("%w: it does not begin with did:web:, or is too long", ErrDIDWeb)
	}
	segments := strings.Split(rest, ":")
	host, port, hasPort := cutPort(segments[0])
	if !isHost(host) {
		return "", fmt.Errorf("%w: what stands for the host is no host name", ErrDIDWeb)
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
			return "", fmt.Errorf("%w: what follows %%3A is no port", ErrDIDWeb)
		}
		host += ":" + port
	}
	if len(segments) == 1 {
		return "https://" + host + "/.well-known/did.json", nil
	}
	for _, s := range segments[1:] {
		if !isSegment(s) {
			return "", fmt.Errorf("%w: a part of its path is empty, dotted, or holds what is no part of a path", ErrDIDWeb)
		}
	}
	return "https://" + host + "/" + strings.Join(segments[1:], "/") + "/did.json", nil
}

func cutPort(s string) (host, port string, ok bool) {
	i := strings.Index(strings.ToUpper(s), "%3A")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+3:], true
}

// isHost reports whether s is a DNS name of letters, digits, hyphens and dots.
func isHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !isAlphanumeric(c) && c != '-' {
				return false
			}
		}
	}
	return true
}

// isSegment reports whether s is one segment of a path as it is written in a
// DID (W3C DID Core, section 3.1: idchar).
func isSegment(s string) bool {
	plain := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isAlphanumeric(c), c == '.', c == '-', c == '_':
		case c == '%':
			if i+2 >= len(s) {
				return false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil || n < 0x20 || n == 0x7f || n == '/' || n == '\\' || n == '?' || n == '#' || n == '%' {
				return false
			}
			c = byte(n)
			i += 2
		default:
			return false
		}
		plain = append(plain, c)
	}
	return len(plain) > 0 && string(plain) != "." && string(plain) != ".."
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
