package anchor

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"math/big"
	"os"
	"runtime"
	"strings"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store/durable"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// The errors of reading a key; each names the file it is about.
var (
	ErrWrongPassphrase = errors.New("the passphrase does not open the key")
	ErrKeyFile         = errors.New("not a usable key file")
	ErrPassphraseFile  = errors.New("not a usable passphrase file")
)

const (
	maxKeyFile        = 64 << 10
	maxPassphraseFile = 4 << 10
)

// A Key signs for one account of the chain: the operator's, which is hot and
// stays on the node, or the owner's, which is needed only where owner actions
// are signed. Printing it in any way prints its address.
type Key struct {
	private *ecdsa.PrivateKey
	address common.Address
}

// NewKey makes a key from the system's randomness.
func NewKey() (*Key, error) {
	p, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return KeyOf(p), nil
}

// KeyOf returns p, a key on secp256k1, as a Key.
func KeyOf(p *ecdsa.PrivateKey) *Key {
	return &Key{private: p, address: crypto.PubkeyToAddress(p.PublicKey)}
}

// Address is the account that k signs for.
func (k *Key) Address() checkpoint.Address { return checkpoint.Address(k.address) }

// String returns the address, never the key.
func (k *Key) String() string { return k.Address().String() }

// Format prints the address whatever the verb, so that %+v and %#v cannot
// spill the key into a log.
func (k *Key) Format(s fmt.State, _ rune) { io.WriteString(s, k.String()) }

// LogValue is the address, for log/slog.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Sign signs a message for the registry d (EIP-712), as the contract takes it.
func (k *Key) Sign(m contracts.Message, d contracts.Domain) ([]byte, error) {
	return contracts.Sign(m, d, k.private)
}

// signTx signs a transaction for that chain only (EIP-155, EIP-1559).
func (k *Key) signTx(chainID uint64, tx types.TxData) (*types.Transaction, error) {
	signer := types.LatestSignerForChainID(new(big.Int).SetUint64(chainID))
	signed, err := types.SignNewTx(k.private, signer, tx)
	if err != nil {
		return nil, fmt.Errorf("sign a transaction with the key of %s: %w", k, err)
	}
	return signed, nil
}

// A KDF is how hard a keystore file makes it to guess the passphrase.
type KDF int

const (
	StandardScrypt KDF = iota // about a second and 256 MB a guess: for keys of value
	LightScrypt               // about 50 ms and 4 MB: for tests and development chains
)

// WriteKey writes k to path as a keystore version 3 file, encrypted with the
// passphrase in passphraseFile. The file is readable by its owner only, is
// whole on disk when WriteKey returns, and never replaces another.
func WriteKey(path, passphraseFile string, k *Key, kdf KDF) error {
	passphrase, err := ReadPassphrase(passphraseFile)
	if err != nil {
		return err
	}
	n, p := keystore.StandardScryptN, keystore.StandardScryptP
	if kdf == LightScrypt {
		n, p = keystore.LightScryptN, keystore.LightScryptP
	}
	key := &keystore.Key{Address: k.address, PrivateKey: k.private}
	rand.Read(key.Id[:])                 // never fails (crypto/rand)
	key.Id[6] = key.Id[6]&0x0f | 4<<4    // UUID version 4, as others write it
	key.Id[8] = key.Id[8]&0x3f | 0b10<<6 // RFC 9562 variant
	data, err := keystore.EncryptKey(key, passphrase, n, p)
	if err != nil {
		return fmt.Errorf("encrypt the key of %s: %w", k, err)
	}
	err = durable.Create(path, 0o600, data, []byte("\n"))
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write key file %s: it is there already; a key is never overwritten, choose another name or move it away", path)
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// LoadKey reads a keystore version 3 file with the passphrase in
// passphraseFile. Its errors name the file at fault: ErrKeyFile,
// ErrPassphraseFile or ErrWrongPassphrase, or what the file system said.
func LoadKey(path, passphraseFile string) (*Key, error) {
	data, err := readSmall(path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	bad := func(err error) (*Key, error) { return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, path, err) }
	f, err := parseKeystore(data)
	if err != nil {
		return bad(err)
	}
	passphrase, err := ReadPassphrase(passphraseFile)
	if err != nil {
		return nil, err
	}
	raw, err := keystore.DecryptDataV3(f.Crypto, passphrase)
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return nil, fmt.Errorf("%w: key file %s, passphrase file %s", ErrWrongPassphrase, path, passphraseFile)
	case err != nil:
		return bad(err)
	}
	private, err := crypto.ToECDSA(raw)
	if err != nil {
		return bad(errors.New("what it holds is no key on secp256k1"))
	}
	k := KeyOf(private)
	if f.Address != "" && common.HexToAddress(f.Address) != k.address {
		return bad(fmt.Errorf("it says it is for %s but holds the key of %s", common.HexToAddress(f.Address).Hex(), k.address.Hex()))
	}
	return k, nil
}

// keystoreFile is a keystore version 3 file ("Web3 Secret Storage").
type keystoreFile struct {
	Address string              `json:"address"`
	Crypto  keystore.CryptoJSON `json:"crypto"`
	Version int                 `json:"version"`
}

// parseKeystore reads a keystore file and checks everything that decrypting
// relies on: go-ethereum panics on parameters of another type, and derives
// keys of any cost. At most 1 GB and some seconds are spent on one.
func parseKeystore(data []byte) (keystoreFile, error) {
	var f keystoreFile
	bad := func(format string, a ...any) (keystoreFile, error) {
		return keystoreFile{}, fmt.Errorf(format, a...)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return bad("not the JSON of a keystore: %w", err)
	}
	if f.Version != 3 {
		return bad("keystore version %d, want 3", f.Version)
	}
	whole := func(name string, least, most int) error {
		v, ok := f.Crypto.KDFParams[name].(float64)
		if !ok || v != math.Trunc(v) || v < float64(least) || v > float64(most) {
			return fmt.Errorf("parameter %s of the key derivation is not a whole number from %d to %d", name, least, most)
		}
		return nil
	}
	text := func(name string) error {
		if _, ok := f.Crypto.KDFParams[name].(string); !ok {
			return fmt.Errorf("parameter %s of the key derivation is not a string", name)
		}
		return nil
	}
	err := errors.Join(text("salt"), whole("dklen", 32, 32))
	switch f.Crypto.KDF {
	case "scrypt":
		err = errors.Join(err, whole("n", 2, 1<<20), whole("r", 1, 8), whole("p", 1, 16))
	case "pbkdf2":
		err = errors.Join(err, text("prf"), whole("c", 1, 10_000_000))
	default:
		return bad("the key derivation is neither scrypt nor pbkdf2")
	}
	if err != nil {
		return keystoreFile{}, err
	}
	if len(f.Crypto.CipherParams.IV) != 32 || len(f.Crypto.CipherText) != 64 {
		return bad("iv and ciphertext are not of 16 and 32 bytes")
	}
	return f, nil
}

// ReadPassphrase reads a passphrase from a file: its content without one
// line end at the end. Nobody but the file's owner, and at most its group,
// may be able to read it (mode 0600, 0400 or 0440), and the owner alone may
// write it.
func ReadPassphrase(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read passphrase file %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: %s is not a regular file", ErrPassphraseFile, path)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o037 != 0 {
		return "", fmt.Errorf("%w: %s has mode %04o, so that others can read or change it; run chmod 600 on it, and change the passphrase if others could have seen it", ErrPassphraseFile, path, mode)
	}
	data, err := readSmall(path, maxPassphraseFile)
	if err != nil {
		return "", fmt.Errorf("read passphrase file %s: %w", path, err)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if s == "" {
		return "", fmt.Errorf("%w: %s is empty", ErrPassphraseFile, path)
	}
	return s, nil
}

// readSmall reads a file of at most limit bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes long", limit)
	}
	return data, err
}
