package verify

import (
	"regexp"
	"testing"
)

// address says in one line what hostsOnly does by hand.
var address = regexp.MustCompile(`\b([a-z][a-z0-9+.-]*://)(?:[^\s/"'@]*@)?([^\s/"'?#]*)[^\s"']*`)

var addresses = []string{
	"", "://", "a", "no address: at all", "http://", "https://rpc.example/v3/KEY",
	"Post \"https://user:KEY@rpc.example:8545/KEY?k=KEY#KEY\": connection refused",
	"http://a@b@c/d http://@/ x+y.z-1://h?q'rest", "HTTPhttp://x/y _http://x/y é.http://x/y 9http://x/y",
	"a://b://c/d", "http:///x://y/z", "a.b://u@h\"c://d/e", "wss://h#f\nhttps://k/KEY\fnext", "-http://x/KEY", "1a-b://x/KEY",
	"\xff://x/KEY \xffh://x/\xffKEY", "http://http://u:p@h/KEY", "://a://b/KEY", "xhttp://a/b'http://c/d'",
}

func TestHostsOnly(t *testing.T) {
	for _, s := range addresses {
		if got, want := hostsOnly(s), address.ReplaceAllString(s, "$1$2"); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzHostsOnly(f *testing.F) {
	for _, s := range addresses {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := hostsOnly(s)
		if want := address.ReplaceAllString(s, "$1$2"); got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
}
