package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/record/proof"
	"github.com/akashi-project/akashi/store/durable"
)

// maxBadgeKey is the size of a file with a private key, in bytes.
const maxBadgeKey = 64 << 10

func (e *env) badgeKeyCommand() *cli.Command {
	return &cli.Command{
		Name:      "key",
		Usage:     "make an issuer's signing key",
		ArgsUsage: "FILE",
		Description: `Writes a new private key into FILE (PEM, PKCS #8), readable by its owner
only, and prints what the issuer publishes: the key as Multikey and did:key,
and with --issuer the document that has to be served at that URL, by which
verifiers know that the key is the issuer's. Ed25519 is for Open Badges 3.0,
RSA with 3,072 bits for signed badges of Open Badges 2.0, whose document is the
issuer's Profile: write your name, url and email into it.

Exit code 0: done. 1: failed.

Examples:
   akashi badge key badge-key.pem
   akashi badge key badge-key.pem --issuer https://uni.example/issuer
   akashi badge key badge-key-rsa.pem --rsa`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "rsa", Usage: "make an RSA key, for Open Badges 2.0"},
			&cli.StringFlag{Name: "issuer", Usage: "`URL` that is the issuer's id"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one file to write")
			}
			return e.makeBadgeKey(c.Args().First(), c.String("issuer"), c.Bool("rsa"))
		},
	}
}

type badgeKeyJSON struct {
	File      string         `json:"file"`
	Multikey  string         `json:"multikey,omitempty"`
	DID       string         `json:"did,omitempty"`
	Method    string         `json:"method,omitempty"`
	PublicPEM string         `json:"publicKeyPem,omitempty"`
	Document  map[string]any `json:"document,omitempty"`
}

func (e *env) makeBadgeKey(path, issuer string, asRSA bool) error {
	if issuer != "" && (!strings.HasPrefix(issuer, "https://") || strings.ContainsAny(issuer, "# \"")) {
		return usage("--issuer %q is no https URL without #", issuer)
	}
	var key crypto.Signer
	var err error
	if asRSA {
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	} else {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	switch err := durable.Create(path, 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: is there already; a key that is written over cannot be had again", nameOf(path))
	case err != nil:
		return fmt.Errorf("%s: %w", nameOf(path), written(err))
	}
	answer := badgeKeyJSON{File: path}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	if asRSA {
		answer.PublicPEM = text
		if issuer != "" {
			answer.Method = issuer + "#key"
			// Verifiers of Open Badges 2.0 read a Profile at the issuer's address.
			answer.Document = map[string]any{
				"@context": "https://w3id.org/openbadges/v2", "type": "Profile", "id": issuer,
				"name": "", "url": "", "email": "",
				"publicKey": map[string]any{
					"type": "CryptographicKey", "id": answer.Method, "owner": issuer, "publicKeyPem": text,
				},
			}
		}
	} else {
		k, err := proof.NewKey(key.Public())
		if err != nil {
			return err
		}
		if answer.Multikey, err = k.Multikey(); err != nil {
			return err
		}
		answer.DID = "did:key:" + answer.Multikey
		if issuer != "" {
			answer.Method = issuer + "#" + answer.Multikey
			answer.Document = map[string]any{
				"@context": []string{"https://www.w3.org/ns/cid/v1"},
				"id":       issuer,
				"verificationMethod": []any{map[string]any{
					"id": answer.Method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": answer.Multikey,
				}},
				"assertionMethod": []string{answer.Method},
			}
		}
	}
	return e.say(answer, func(w io.Writer) {
		fmt.Fprintf(w, "private key: %s\n", nameOf(path))
		if asRSA {
			fmt.Fprint(w, text)
		} else {
			fmt.Fprintf(w, "public key:  %s\nas a DID:    %s\n", answer.Multikey, answer.DID)
		}
		if answer.Document != nil {
			b, _ := json.MarshalIndent(answer.Document, "", "  ")
			how := ""
			if asRSA {
				how = ", with your name, url and email in it"
			}
			fmt.Fprintf(w, "sign with    --method %s\nserve this at %s%s:\n%s\n", answer.Method, issuer, how, b)
		}
	})
}

// A badgeSigner makes the file of a badge.
type badgeSigner struct {
	sign func(unsigned []byte, created time.Time) ([]byte, error)
	file string // its name

	key, method string // of the run; "" for hosted badges
}

// signerOf reads the key and finds how the template's format is signed.
func (e *env) signerOf(c *cli.Context, i issuing) (badgeSigner, error) {
	if i.template.Format == issue.OB2Hosted {
		if c.IsSet("key") || c.IsSet("method") {
			return badgeSigner{}, usage("hosted badges are not signed; leave --key and --method away")
		}
		return badgeSigner{sign: func(b []byte, _ time.Time) ([]byte, error) { return b, nil }, file: "badge.json"}, nil
	}
	if !c.IsSet("key") {
		return badgeSigner{}, usage("--key is missing; akashi badge key makes one")
	}
	b, err := e.readSmall(c.Context, c.String("key"), maxBadgeKey)
	if err != nil {
		return badgeSigner{}, err
	}
	key, err := readBadgeKey(b)
	if err != nil {
		return badgeSigner{}, fmt.Errorf("%s: %w", nameOf(c.String("key")), err)
	}
	s := proof.Signer{Key: key, Method: c.String("method"), Contexts: i.contexts}
	public, err := proof.NewKey(key.Public())
	if err != nil {
		return badgeSigner{}, fmt.Errorf("%s: %w", nameOf(c.String("key")), err)
	}
	if s.Method == "" {
		if s.Method, err = methodOf(i.template.Issuer(), public); err != nil {
			return badgeSigner{}, err
		}
	}
	thumb, err := public.Thumbprint()
	if err != nil {
		return badgeSigner{}, err
	}
	signer := badgeSigner{key: hex.EncodeToString(thumb[:]), method: s.Method}
	signer.file = map[issue.Format]string{issue.OB3: "badge.json", issue.OB3JWT: "badge.jwt", issue.OB2: "badge.jws"}[i.template.Format]
	signer.sign = func(b []byte, created time.Time) ([]byte, error) { return i.template.Sign(s, b, created) }
	return signer, nil
}

// methodOf is the verification method of an issuer's key as akashi badge key
// prints it.
func methodOf(issuer string, key proof.Key) (string, error) {
	multikey, err := key.Multikey()
	switch {
	case err == nil && issuer == "did:key:"+multikey:
		return issuer + "#" + multikey, nil
	case err == nil && strings.HasPrefix(issuer, "https://"):
		return issuer + "#" + multikey, nil
	case strings.HasPrefix(issuer, "https://"):
		return issuer + "#key", nil
	}
	return "", usage("--method is missing: the URL at which verifiers find the public key, in the issuer's own document")
}

// readBadgeKey reads a private key whose signatures are the same every time,
// so that a run that goes on makes the same bytes.
func readBadgeKey(b []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("holds no private key in PEM (PKCS #8, \"PRIVATE KEY\")")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("holds a private key that cannot be read; is it encrypted?")
	}
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return key, nil
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return nil, errors.New("holds an RSA key of less than 2,048 bits, which verifiers refuse")
		}
		return key, nil
	case *ecdsa.PrivateKey:
		return nil, errors.New("holds an ECDSA key, whose signatures differ every time; a run that is cut short could not go on. Use Ed25519")
	}
	return nil, errors.New("holds a key of a kind that signs no badges")
}
