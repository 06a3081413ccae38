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
	list, err := io.ReadAll(io.LimitReader(z, MaxListBytes+1))
	switch {
	case err != nil:
		return nil, errListForm
	case len(list) > MaxListBytes:
		return list, errListSize
	}
	return list, nil
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

// statusList gets a list and judges the credential that it is, once for all
// the badges within one check that name it.
func (r *run) statusList(e entry) ([]byte, bool) {
	key := listKey{e.list, r.badge.Issuer(), e.kind, e.purpose}
	if known, ok := r.work.lists[key]; ok {
		r.report.Checks = append(r.report.Checks, known.findings...)
		return known.bits, known.ok
	}
	before := len(r.report.Checks)
	bits, ok := r.readList(e)
	r.work.lists[key] = readList{bits, ok, slices.Clone(r.report.Checks[before:])}
	return bits, ok
}

func (r *run) readList(e entry) ([]byte, bool) {
	answer, why := r.ask(e.list, credentialTypes)
	if why == nil && answer.Status != fetch.OK {
		why = wordsStatus
	}
	if why != nil {
		r.add(sayListNone, why)
		return nil, false
	}
	b, err := Parse(trimmed(answer.Body))
	if err != nil {
		r.add(sayListNone, wordsMalformed)
		return nil, false
	}
	credentialType, listType := "BitstringStatusListCredential", "BitstringStatusList"
	if e.kind == kind2021 {
		credentialType, listType = "StatusList2021Credential", "StatusList2021"
	}
	subject := b.doc.Object("credentialSubject")
	purposes, _ := subject.Texts("statusPurpose")
	switch {
	case !b.doc.Is("VerifiableCredential") || !b.doc.Is(credentialType):
		r.add(sayListBad, "type")
	case b.doc.Has("id") && b.doc.Text("id") != e.list:
		r.add(sayListBad, "id")
	case subject == nil || !subject.Is(listType):
		r.add(sayListBad, "credentialSubject.type")
	case !slices.Contains(purposes, e.purpose):
		r.add(sayListPurpose)
	case !isLifetime(subject["ttl"]):
		r.add(sayListBad, "ttl")
	default:
		if r.work.unpacked <= 0 {
			r.add(sayListBomb)
			return nil, false
		}
		list, err := unpack(subject.Text("encodedList"), e.kind == kindBitstring)
		r.work.unpacked -= int64(len(list))
		switch {
		case errors.Is(err, errListSize):
			r.add(sayListBomb)
		case err != nil:
			r.add(sayListBad, "encodedList")
		default:
			r.add(sayList)
			return list, r.vouched(b)
		}
	}
	return nil, false
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
func (r *run) vouched(b Badge) bool {
	if issuer := b.Issuer(); issuer == "" || issuer != r.badge.Issuer() {
		r.add(sayListForeign)
		return false
	}
	r.add(sayListIssuer)
	list := r.within(b)
	list.dates()
	list.signatures()
	if present, _ := list.result(ProofPresent); present == Fail {
		r.add(sayListUnsigned)
		return false
	}
	for _, code := range []Code{StructureValidity, ValidityOrder, ValidityFrom, ValidityUntil} {
		if result, _ := list.result(code); result == Fail {
			r.add(sayListOld)
			return false
		}
	}
	switch verdictOf(list.report.Checks) {
	case Verified:
		r.add(sayListSigned)
		return true
	case Refuted:
		r.add(sayListForged)
	default:
		r.add(sayListSignU)
	}
	return false
}

// within is a run on a credential that this one leads to.
func (r *run) within(b Badge) *run {
	inner := *r
	inner.badge, inner.report, inner.depth = b, &Report{}, r.depth+1
	return &inner
}
