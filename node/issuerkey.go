package node

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/akashi-project/akashi/record/proof"
)

// A credentialIssuer signs credentials in the name of the institution.
type credentialIssuer struct {
	id     string // "issuer" of what it signs
	signer proof.Signer
}

// issuer reads the key of the settings badges.key_file, badges.issuer and
// badges.method; nil when no key is named.
func (c BadgesConfig) issuer() (*credentialIssuer, error) {
	if c.KeyFile == "" {
		return nil, nil
	}
	b, err := readSecret(c.KeyFile)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" || strings.TrimSpace(string(rest)) != "" {
		return nil, fmt.Errorf("%s does not hold one private key in PEM (PKCS #8, \"PRIVATE KEY\"); akashi badge key makes one", c.KeyFile)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no Ed25519 key that can be read; akashi badge key makes one", c.KeyFile)
	}
	public, err := proof.NewKey(key.Public())
	if err != nil {
		return nil, err
	}
	multikey, err := public.Multikey()
	if err != nil {
		return nil, err
	}
	i := &credentialIssuer{id: c.Issuer, signer: proof.Signer{Key: key, Method: c.Method}}
	did := "did:key:" + multikey
	if i.id == "" {
		i.id = did
	}
	if strings.HasPrefix(i.id, "did:key:") && i.id != did {
		return nil, fmt.Errorf("badges.issuer is the did:key of another key than %s holds, which is %s", c.KeyFile, did)
	}
	if i.signer.Method == "" {
		i.signer.Method = i.id + "#" + multikey
	}
	return i, nil
}

// checkIssuer says what is wrong with the settings of the issuer, by the name
// of the setting.
func (c BadgesConfig) checkIssuer() (key string, err error) {
	switch {
	case c.KeyFile == "" && c.Issuer != "":
		return "badges.issuer", errors.New("needs badges.key_file")
	case c.KeyFile == "" && c.Method != "":
		return "badges.method", errors.New("needs badges.key_file")
	case c.Issuer != "" && (!isIdentifier(c.Issuer) || strings.Contains(c.Issuer, "#")):
		return "badges.issuer", errors.New("is no https URL or DID, without #")
	case c.Method != "" && (!isIdentifier(c.Method) || !strings.Contains(c.Method, "#")):
		return "badges.method", errors.New("is no https URL or DID URL with the key's name behind #")
	}
	return "", nil
}

// isIdentifier reports whether s is an https URL or begins as a DID URL does.
func isIdentifier(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsAny(s, " \"<>") {
		return false
	}
	return u.Scheme == "https" && u.Host != "" || u.Scheme == "did" && strings.Contains(u.Opaque, ":")
}

// badgeKey looks at the key that signs credentials, when there is one.
func (d *doctor) badgeKey() {
	if d.c.Badges.KeyFile == "" {
		return
	}
	i, err := d.c.Badges.issuer()
	if err != nil {
		d.say("badge-key", Fail, "Put the file back from your copy, readable for the node's account only, or leave badges.key_file out.", "Credentials cannot be signed: %v.", err)
		return
	}
	d.say("badge-key", OK, "", "The badge key is there; it signs for %s.", i.id)
}
