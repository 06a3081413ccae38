package badge

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
)

// Limits on status lists.
const (
	// MinPlaces is the fewest places that hide who is asked for (Bitstring
	// Status List 1.0, section 3.1: 16 KB).
	MinPlaces = 131_072
	// MaxListBytes bounds a list, unpacked: 2^27 places of one bit.
	MaxListBytes = 16 << 20
)

// Refusals of a list.
var (
	errListForm = errors.New("not a status list")
	errListSize = errors.New("larger than is read")
)

// unpack reads an encodedList: in multibase base64url and gzip (Bitstring
// Status List 1.0, section 3.2), or, for StatusList2021, base64 without the
// letter u before it.
func unpack(encoded string, multibase bool) ([]byte, error) {
	text, ok := strings.CutPrefix(encoded, "u")
	if multibase && !ok {
		return nil, errListForm
	}
	if !multibase && !ok {
		text = encoded
	}
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	if strings.ContainsAny(text, "\r\n") {
		return nil, errListForm // which the decoder would skip
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errListForm
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, errListForm
	}
	z.Multistream(false)
	// A buffer doubles; io.ReadAll grows by less, and leaves five times as much.
	var list bytes.Buffer
	_, err = list.ReadFrom(io.LimitReader(z, MaxListBytes+1))
	switch {
	case err != nil:
		return nil, errListForm
	case list.Len() > MaxListBytes:
		return list.Bytes(), errListSize
	}
	return list.Bytes(), nil
}

// place returns the value of a place of size bits; bit 0 is the left-most of
// the first byte. It is not ok beyond the end.
func place(list []byte, index, size uint64) (value uint64, ok bool) {
	bits := uint64(len(list)) * 8
	if size == 0 || size > 64 || index >= bits/size {
		return 0, false
	}
	for i := index * size; i < (index+1)*size; i++ {
		value = value<<1 | uint64(list[i/8]>>(7-i%8)&1)
	}
	return value, true
}

// bitstring looks a credential up in a BitstringStatusList or a
// StatusList2021, which is a credential itself: signed, and of the same issuer.
func (r *run) bitstring(e entry) {
	list, ok := r.statusList(e)
	if !ok {
		r.openQuestion(e.purpose)
		return
	}
	if places := uint64(len(list)) * 8 / e.size; places < MinPlaces {
		r.add(sayListShort, int(places))
	}
	value, ok := place(list, e.index, e.size)
	if !ok {
		r.add(sayListRange)
		r.openQuestion(e.purpose)
		return
	}
	r.answer(e.purpose, value != 0)
}

// A statusList is what is served at one address: read, unpacked and judged
// once for all the badges within one check that name it.
type statusList struct {
	badge    Badge
	err      error
	bits     map[string]unpacked // by kind of entry
	findings []Finding           // of vouched
	vouched  bool
	judged   bool
}

type unpacked struct {
	bits []byte
	err  error
}

// maxPurposes bounds the purposes of one list.
const maxPurposes = 32

// statusList gets the list of an entry and judges the credential that it is.
func (r *run) statusList(e entry) ([]byte, bool) {
	answer, why := r.ask(e.list, credentialTypes)
	if why == nil && answer.Status != fetch.OK {
		why = wordsStatus
	}
	if why != nil {
		r.add(sayListNone, why)
		return nil, false
	}
	list := r.work.lists[e.list]
	if list == nil {
		list = &statusList{bits: map[string]unpacked{}, err: tree.ErrTooMuch}
		if r.work.reader.Take(len(answer.Body)) {
			list.badge, list.err = Parse(trimmed(answer.Body))
		}
		r.work.lists[e.list] = list
	}
	switch {
	case errors.Is(list.err, tree.ErrTooMuch):
		r.add(sayListNone, wordsOf(fetch.Exhausted))
		return nil, false
	case list.err != nil:
		r.add(sayListNone, wordsMalformed)
		return nil, false
	}
	credentialType, listType := "BitstringStatusListCredential", "BitstringStatusList"
	if e.kind == kind2021 {
		credentialType, listType = "StatusList2021Credential", "StatusList2021"
	}
	doc := list.badge.doc
	subject := doc.Object("credentialSubject")
	switch {
	case !doc.Is("VerifiableCredential") || !doc.Is(credentialType):
		r.add(sayListBad, "type")
		return nil, false
	case doc.Has("id") && doc.Text("id") != e.list:
		r.add(sayListElse)
		return nil, false
	case subject == nil || !subject.Is(listType):
		r.add(sayListBad, "credentialSubject.type")
		return nil, false
	case len(subject.Each("statusPurpose")) > maxPurposes:
		r.add(sayListBad, "statusPurpose")
		return nil, false
	case !isLifetime(subject["ttl"]):
		r.add(sayListBad, "ttl")
		return nil, false
	}
	if purposes, _ := subject.Texts("statusPurpose"); !slices.Contains(purposes, e.purpose) {
		r.add(sayListPurpose)
		return nil, false
	}
	bits, ok := list.bits[e.kind]
	if !ok {
		bits.err = errListSize
		if r.work.unpacked > 0 {
			bits.bits, bits.err = unpack(subject.Text("encodedList"), e.kind == kindBitstring)
			r.work.unpacked -= int64(len(bits.bits))
		}
		list.bits[e.kind] = bits
	}
	switch {
	case errors.Is(bits.err, errListSize):
		r.add(sayListBomb)
		return nil, false
	case bits.err != nil:
		r.add(sayListBad, "encodedList")
		return nil, false
	}
	r.add(sayList)
	return bits.bits, r.vouched(list)
}

// isLifetime reports whether a value may be the "ttl" of a list: how many
// milliseconds a copy may be kept. None is kept here beyond one check, so that
// it bounds nothing; a list that has it malformed is no list.
func isLifetime(v any) bool {
	n, isNumber := v.(float64)
	return v == nil || isNumber && n >= 0 && n == float64(uint64(n))
}

// vouched judges the list as a credential: of the same issuer, signed, and
// good now. What a list says that is not vouched for counts for nothing.
func (r *run) vouched(list *statusList) bool {
	if issuer := list.badge.Issuer(); issuer == "" || issuer != r.badge.Issuer() {
		r.add(sayListForeign)
		return false
	}
	r.add(sayListIssuer)
	if !list.judged {
		inner := r.within(list.badge)
		s, ok := inner.vouchable()
		list.judged, list.vouched = true, ok
		list.findings = []Finding{r.found(s)}
	}
	r.report.Checks = append(r.report.Checks, list.findings...)
	return list.vouched
}

// vouchable judges a list as a credential, and words what it finds.
func (r *run) vouchable() (*sentence, bool) {
	// Without the contexts of credentials in front, a document can give what is
	// signed other names, and what it reads as is not what was signed.
	r.contexts()
	r.dates()
	r.signatures()
	fails := func(codes ...Code) bool {
		return slices.ContainsFunc(codes, func(c Code) bool { result, _ := r.result(c); return result == Fail })
	}
	switch {
	case fails(ProofPresent):
		return sayListUnsigned, false
	case fails(StructureValidity, ValidityOrder, ValidityFrom, ValidityUntil):
		return sayListOld, false
	}
	switch verdictOf(r.report.Checks) {
	case Verified:
		return sayListSigned, true
	case Refuted:
		return sayListForged, false
	}
	return sayListSignU, false
}

// within is a run on a credential that this one leads to.
func (r *run) within(b Badge) *run {
	inner := *r
	inner.badge, inner.report, inner.depth = b, &Report{}, r.depth+1
	return &inner
}
