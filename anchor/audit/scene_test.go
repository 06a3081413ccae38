package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// hashOf makes a hash that stands for anything.
func hashOf(n int) (h [32]byte) {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("scene"), uint64(n)))
}

func accountOf(n int) checkpoint.Address {
	h := hashOf(n)
	return checkpoint.Address(h[:20])
}

const (
	sceneStart = 1_711_929_600 // 1 April 2024
	sceneKey   = "log.example.ac.jp+8196915a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
)

// scene is a report of a log with so many anchors in three academic years,
// busiest when terms end; quiet for one summer; with two changes of keys and
// one of the operator.
func scene(anchors int) *Report {
	random := rand.New(rand.NewPCG(1, uint64(anchors)))
	event := func(n int, time uint64) Event {
		return Event{Block: verify.Block{Number: time / 12, Hash: hashOf(n), Time: time}, Tx: hashOf(n + 1), From: accountOf(1), Call: "openLog", Index: 3}
	}
	id := checkpoint.LogID(hashOf(1))
	log := Log{
		Ref: checkpoint.LogRef{ChainID: 1337, Registry: accountOf(7), Log: id}, Owner: accountOf(1), Origin: "log.example.ac.jp", Verdict: verify.Verified,
		Opened:    new(event(10, sceneStart)),
		Keys:      []KeysEvent{{Keys: checkpoint.Keys{sceneKey}, At: event(10, sceneStart)}},
		Operators: []AccountEvent{{Account: accountOf(2), At: event(10, sceneStart)}},
		Owners:    []AccountEvent{{Account: accountOf(1), At: event(10, sceneStart)}},
		Checks:    []Check{}, Findings: []Finding{}, Offers: []AccountEvent{},
	}
	const years = 3 * 365 * 86400
	time, size := uint64(sceneStart+86400), uint64(0)
	for k := range anchors {
		time += uint64(random.ExpFloat64() * years / float64(anchors+1))
		season := uint64(time-sceneStart) % (182 * 86400)
		more := uint64(20 + random.IntN(60))
		if season > 150*86400 {
			more *= 6
		}
		if k == anchors*2/5 {
			time += 47 * 86400
		}
		log.Anchors = append(log.Anchors, Anchor{
			Size: size + more, PrevSize: size, Root: hashOf(100 + k), Block: time / 12, BlockHash: hashOf(k), Time: time, Result: verify.Pass,
		})
		size += more
	}
	if anchors > 1 {
		for i := 1; i < anchors; i++ {
			a, b := log.Anchors[i-1], log.Anchors[i]
			if b.Time-a.Time > log.LongestGap.Seconds {
				log.LongestGap = Gap{Seconds: b.Time - a.Time, From: a.Time, To: b.Time, Size: b.Size}
			}
		}
		for i, at := range []int{anchors / 4, anchors / 2} {
			a := log.Anchors[at]
			e := event(20+i, a.Time+3600)
			e.Call = "setKeys"
			log.Keys = append(log.Keys, KeysEvent{AtSize: a.Size, Keys: checkpoint.Keys{sceneKey}, At: e})
		}
		e := event(30, log.Anchors[anchors*3/4].Time)
		e.Call = "setOperatorSigned"
		log.Operators = append(log.Operators, AccountEvent{AtSize: log.Anchors[anchors*3/4].Size, Account: accountOf(3), At: e})
	}
	log.Entries = Entries{Total: size, Sealed: size * 9 / 10, Open: size / 100, Status: size / 50, Head: uint64(anchors), Badge: size * 9 / 10, CourseQA: size / 100}
	log.States = States{Valid: size * 88 / 100, Suspended: size / 1000, Revoked: size / 60}
	for _, c := range Codes[:len(Codes)-8] {
		log.Checks = append(log.Checks, Check{Code: c.Code, Passed: uint64(anchors)})
	}
	log.Checkpoint = &Checkpoint{Size: size + 12, Root: hashOf(5), Waiting: 12, Compared: true}
	last := uint64(time + 5*86400)
	return &Report{
		Version: ReportVersion, Verdict: log.Verdict, Subject: &log.Ref,
		Registry: Registry{ChainID: 1337, Address: accountOf(7), CodeHash: hashOf(8), Known: true},
		Range:    Range{From: verify.Block{Hash: hashOf(0), Time: sceneStart - 1000}, To: verify.Block{Number: last / 12, Hash: hashOf(9), Time: last}},
		Inputs: []Input{
			{Kind: "code", Source: "chain", Items: 1, Bytes: 9_182, SHA256: hashOf(40)},
			{Log: &id, Kind: InputHeaders, Source: "chain", Items: uint64(anchors), Bytes: uint64(anchors) * 48, SHA256: hashOf(41)},
			{Log: &id, Kind: InputEvents, Source: "chain", Items: uint64(anchors) + 4, Bytes: uint64(anchors) * 160, SHA256: hashOf(42)},
			{Log: &id, Kind: InputEntries, Source: "https://log.example.ac.jp/", Items: size, Bytes: size * 37, SHA256: hashOf(43)},
		},
		Findings: []Finding{}, Logs: []Log{log},
	}
}

// find puts a finding at an anchor of a scene.
func (r *Report) find(anchor int, code Code, result verify.Result, text string) {
	l := &r.Logs[0]
	a := &l.Anchors[anchor]
	if a.Codes = append(a.Codes, code); worse(result, a.Result) {
		a.Result = result
	}
	f := Finding{Code: code, Result: result, Where: Where{Anchor: new(a.Size), Block: new(a.Block)}, Text: text}
	if code == EntryChanged {
		f.Where.Entry = new(a.Size - 5)
	}
	l.Findings = append(l.Findings, f)
	switch {
	case result == verify.Fail:
		l.Verdict = verify.Refuted
	case result == verify.Unknown && l.Verdict == verify.Verified:
		l.Verdict = verify.CouldNotTell
	}
	r.Verdict = l.Verdict
}
