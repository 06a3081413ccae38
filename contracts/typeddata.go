package contracts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// maxTypedData bounds typed data as text; ML-DSA keys make it some kilobytes.
const maxTypedData = 64 << 10

// ErrTypedData says that text is not what TypedData writes.
var ErrTypedData = errors.New("not the typed data of an owner's action")

// typedData is EIP-712 typed data as eth_signTypedData_v4 takes it. Members
// are in the order that wallets show.
type typedData struct {
	Types       map[string][]typedField `json:"types"`
	PrimaryType string                  `json:"primaryType"`
	Domain      typedDomain             `json:"domain"`
	Message     json.RawMessage         `json:"message"`
}

type typedField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type typedDomain struct {
	Name              string         `json:"name"`
	Version           string         `json:"version"`
	ChainID           uint64         `json:"chainId"`
	VerifyingContract common.Address `json:"verifyingContract"`
}

// typedMessage has the members of all of the owner's messages. Numbers are
// decimal text, since wallets differ in how they read large JSON numbers.
type typedMessage struct {
	LogID    common.Hash     `json:"logId"`
	Operator *common.Address `json:"operator,omitempty"`
	Keys     *hexutil.Bytes  `json:"keys,omitempty"`
	NewOwner *common.Address `json:"newOwner,omitempty"`
	Nonce    string          `json:"nonce"`
	Deadline string          `json:"deadline"`
}

// TypedData returns what a wallet that keeps the owner's key has to sign, as
// JSON for eth_signTypedData_v4 (EIP-712). m is a SetOperator, SetKeys,
// TransferOwner, AcceptOwner or CloseLog; its digest is that of Digest.
func TypedData(m Message, d Domain) ([]byte, error) {
	var text string
	var t typedMessage
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	switch m := m.(type) {
	case SetOperator:
		text, t = setOperatorText, typedMessage{LogID: m.LogID, Operator: &m.Operator, Nonce: number(m.Nonce), Deadline: number(m.Deadline)}
	case SetKeys:
		keys := hexutil.Bytes(m.Keys)
		text, t = setKeysText, typedMessage{LogID: m.LogID, Keys: &keys, Nonce: number(m.Nonce), Deadline: number(m.Deadline)}
	case TransferOwner:
		text, t = transferOwnerText, typedMessage{LogID: m.LogID, NewOwner: &m.NewOwner, Nonce: number(m.Nonce), Deadline: number(m.Deadline)}
	case AcceptOwner:
		text, t = acceptOwnerText, typedMessage{LogID: m.LogID, NewOwner: &m.NewOwner, Nonce: number(m.Nonce), Deadline: number(m.Deadline)}
	case CloseLog:
		text, t = closeLogText, typedMessage{LogID: m.LogID, Nonce: number(m.Nonce), Deadline: number(m.Deadline)}
	default:
		return nil, fmt.Errorf("typed data of %T: it is no action of an owner", m)
	}
	message, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	name, fields := fieldsOf(text)
	domainName, domainFields := fieldsOf(domainText)
	return json.Marshal(typedData{
		Types:       map[string][]typedField{domainName: domainFields, name: fields},
		PrimaryType: name,
		Domain:      typedDomain{Name: DomainName, Version: DomainVersion, ChainID: d.ChainID, VerifyingContract: d.Registry},
		Message:     message,
	})
}

// fieldsOf takes "Name(type name,type name)" apart.
func fieldsOf(text string) (string, []typedField) {
	name, list, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	var fields []typedField
	for f := range strings.SplitSeq(list, ",") {
		typ, member, _ := strings.Cut(f, " ")
		fields = append(fields, typedField{Name: member, Type: typ})
	}
	return name, fields
}

// ParseTypedData reads exactly what TypedData writes, white space and the case
// of addresses aside. Its errors wrap ErrTypedData.
func ParseTypedData(b []byte) (Message, Domain, error) {
	bad := func(format string, a ...any) (Message, Domain, error) {
		return nil, Domain{}, fmt.Errorf("%w: %s", ErrTypedData, fmt.Sprintf(format, a...))
	}
	if len(b) > maxTypedData {
		return bad("%d bytes long, want at most %d", len(b), maxTypedData)
	}
	var t typedData
	var m typedMessage
	if err := json.Unmarshal(b, &t); err != nil {
		return bad("%v", err)
	}
	if err := json.Unmarshal(t.Message, &m); err != nil {
		return bad("message: %v", err)
	}
	nonce, err := strconv.ParseUint(m.Nonce, 10, 64)
	if err != nil {
		return bad("the nonce is not a number in quotes")
	}
	deadline, err := strconv.ParseUint(m.Deadline, 10, 64)
	if err != nil {
		return bad("the deadline is not a number in quotes")
	}
	lacks := func(member string) (Message, Domain, error) { return bad("the message has no %s", member) }
	var out Message
	switch t.PrimaryType {
	case "SetOperator":
		if m.Operator == nil {
			return lacks("operator")
		}
		out = SetOperator{LogID: m.LogID, Operator: *m.Operator, Nonce: nonce, Deadline: deadline}
	case "SetKeys":
		if m.Keys == nil {
			return lacks("keys")
		}
		out = SetKeys{LogID: m.LogID, Keys: *m.Keys, Nonce: nonce, Deadline: deadline}
	case "TransferOwner", "AcceptOwner":
		if m.NewOwner == nil {
			return lacks("newOwner")
		}
		if t.PrimaryType == "TransferOwner" {
			out = TransferOwner{LogID: m.LogID, NewOwner: *m.NewOwner, Nonce: nonce, Deadline: deadline}
		} else {
			out = AcceptOwner{LogID: m.LogID, NewOwner: *m.NewOwner, Nonce: nonce, Deadline: deadline}
		}
	case "CloseLog":
		out = CloseLog{LogID: m.LogID, Nonce: nonce, Deadline: deadline}
	default:
		return bad("its primary type is none of SetOperator, SetKeys, TransferOwner, AcceptOwner, CloseLog")
	}
	// What a wallet signs are these bytes: anything in them that is not read
	// here would be signed unseen.
	d := Domain{ChainID: t.Domain.ChainID, Registry: t.Domain.VerifyingContract}
	want, err := TypedData(out, d)
	if err != nil {
		return bad("%v", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return bad("%v", err)
	}
	if !strings.EqualFold(compact.String(), string(want)) {
		return bad("it has other members, types or values than this release writes")
	}
	return out, d, nil
}
