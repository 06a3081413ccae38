package node

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/akashi-project/akashi/anchor"
)

// A snapshot collects what the node's parts say of themselves when they are
// asked. What is not known is left out.
type snapshot struct{ n *Node }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	descEntries       = desc("akashi_log_entries", "Entries of the log that are on disk.")
	descQueue         = desc("akashi_store_queue_requests", "Requests that wait for a place in a transaction.")
	descQueueCapacity = desc("akashi_store_queue_capacity_requests", "How many may wait so.")
	descUnindexed     = desc("akashi_store_unindexed_entries", "Entries whose index is in memory only; a restart reads them again.")
	descFile          = desc("akashi_store_file_bytes", "Length of a file of the store.", "file")
	descFree          = desc("akashi_store_disk_free_bytes", "Room that is left on the store's disk.")
	descBroken        = desc("akashi_store_broken", "1 when the store stopped writing after its disk failed, until a restart; else 0.")

	descBackup     = desc("akashi_backup_entries", "Entries that the backup holds; only with backup.dir.")
	descBackupTime = desc("akashi_backup_timestamp_seconds", "When the backup was last brought up to date; only with backup.dir.")

	descSigned   = desc("akashi_checkpoint_entries", "Entries that the published checkpoint covers.")
	descSignedAt = desc("akashi_checkpoint_timestamp_seconds", "When this process published a checkpoint last.")

	descPhase       = desc("akashi_anchor_phase", "1 for the phase that anchoring is in, 0 for the others.", "phase")
	descFenced      = desc("akashi_anchor_fenced", "1 while nothing is signed, since the chain was not seen to agree with the store; else 0.")
	descWaiting     = desc("akashi_anchor_waiting_entries", "Entries that no anchor covers yet, not even one on its way.")
	descPending     = desc("akashi_anchor_pending_entries", "Entries of the anchor that is on its way.")
	descChainSize   = desc("akashi_anchor_chain_entries", "Entries that the log's head on the chain covers.")
	descFinalSize   = desc("akashi_anchor_final_entries", "Entries that final anchors cover.")
	descMinedAt     = desc("akashi_anchor_last_mined_timestamp_seconds", "Time of the block that holds the newest anchor.")
	descFinalAt     = desc("akashi_anchor_last_final_timestamp_seconds", "Time of the block that holds the newest final anchor.")
	descLookedAt    = desc("akashi_anchor_looked_timestamp_seconds", "When the chain last gave a whole picture.")
	descBalance     = desc("akashi_anchor_balance_coins", "What the operator's account holds, in the chain's coin.")
	descEvery       = desc("akashi_anchor_interval_seconds", "Time from one final anchor to the next, on average of the last ones.")
	descFunds       = desc("akashi_anchor_funds_left_seconds", "How long that pays for anchors at today's fee and the pace of the last ones.")
	descLatest      = desc("akashi_chain_latest_block", "Number of the chain's latest block.")
	descLatestAt    = desc("akashi_chain_latest_block_timestamp_seconds", "Time of the chain's latest block.")
	descFinalized   = desc("akashi_chain_finalized_block", "Number of the chain's highest final block.")
	descPrice       = desc("akashi_chain_gas_price_wei", "Today's price of a unit of gas, tip included.")
	descNotAfter    = desc("akashi_tls_certificate_expiry_timestamp_seconds", "When the certificate that is shown ends; only with http.tls_cert_file.")
	descBatches     = desc("akashi_batch_in_flight_requests", "Batches under way.")
	descStreams     = desc("akashi_events_in_flight_requests", "Streams of events that are open.")
	descProving     = desc("akashi_evidence_in_flight_requests", "Answers being built that take processor time and disk reads.")
	descProvingMost = desc("akashi_evidence_capacity_requests", "How many of them are built at once; others wait.")
)

// Describe has to say all that Collect may send.
func (s snapshot) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descEntries, descQueue, descQueueCapacity, descUnindexed, descFile, descFree, descBroken, descBackup, descBackupTime, descSigned, descSignedAt,
		descPhase, descFenced, descWaiting, descPending, descChainSize, descFinalSize, descMinedAt, descFinalAt, descLookedAt,
		descBalance, descEvery, descFunds, descLatest, descLatestAt, descFinalized, descPrice, descNotAfter, descBatches, descStreams, descProving, descProvingMost,
	} {
		out <- d
	}
}

// Collect reads them.
func (s snapshot) Collect(out chan<- prometheus.Metric) {
	n := s.n
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		if !math.IsNaN(v) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
		}
	}
	at := func(t time.Time) float64 {
		if t.IsZero() {
			return math.NaN()
		}
		return float64(t.UnixMilli()) / 1000
	}
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	st := n.store.Stats()
	size := n.store.Tree().Size
	send(descEntries, float64(size))
	send(descQueue, float64(st.Queue))
	send(descQueueCapacity, float64(st.QueueCap))
	send(descUnindexed, float64(st.Unindexed))
	for name, length := range st.Bytes {
		if length >= 0 {
			send(descFile, float64(length), name)
		}
	}
	if st.Free >= 0 {
		send(descFree, float64(st.Free))
	}
	send(descBroken, truth(n.store.Err() != nil))

	if b, _ := n.backups.get(); b.Last != nil {
		send(descBackup, float64(b.Last.Size))
		send(descBackupTime, float64(b.Last.Made))
	}

	if p := n.sequencer.published.Load(); p != nil {
		send(descSigned, float64(p.tree.Size))
		send(descSignedAt, at(p.at))
	} else {
		send(descSigned, 0)
	}

	a := n.anchor.Status()
	for _, phase := range anchor.Phases {
		send(descPhase, truth(a.Phase == phase), string(phase))
	}
	send(descFenced, truth(a.Fenced))
	pace := n.pace.Load()
	covered := max(a.FinalSize, a.Pending)
	send(descWaiting, float64(size-min(size, covered)))
	send(descPending, float64(max(a.Pending, a.FinalSize)-a.FinalSize))
	send(descChainSize, float64(a.ChainSize))
	send(descFinalSize, float64(a.FinalSize))
	if pace != nil {
		send(descMinedAt, at(pace.minedAt))
		send(descFinalAt, at(pace.finalAt))
		if pace.every > 0 {
			send(descEvery, pace.every.Seconds())
		}
	}
	send(descLookedAt, at(a.LookedAt))
	if a.Balance != nil {
		send(descBalance, coins(a.Balance))
	}
	if left := n.fundsLeft(a); left >= 0 {
		send(descFunds, left.Seconds())
	}
	if a.LatestAt > 0 {
		send(descLatest, float64(a.Latest))
		send(descLatestAt, float64(a.LatestAt))
		send(descFinalized, float64(a.Finalized))
	}
	if a.Price != nil {
		price, _ := a.Price.Float64()
		send(descPrice, price)
	}
	if n.cert != nil {
		send(descNotAfter, at(n.cert.leaf().NotAfter))
	}
	send(descBatches, float64(len(n.batches)))
	send(descStreams, float64(n.board.streams()))
	send(descProving, float64(len(n.proving)))
	send(descProvingMost, float64(cap(n.proving)))
}

// A pace is how anchoring went of late, by the journal.
type pace struct {
	minedAt, finalAt time.Time     // of the blocks of the newest anchors; zero: there is none
	every            time.Duration // from one final anchor to the next, on average of the last ones; 0: not known
}

// recentFinals is how many anchors a pace is measured by.
const recentFinals = 30

// paceOf is the average time between final anchors, by the times of the last
// ones, newest first; 0: not known.
func paceOf(times []uint64) time.Duration {
	oldest := len(times) - 1
	if oldest < 1 {
		return 0
	}
	return time.Duration(times[0]-min(times[0], times[oldest])) * time.Second / time.Duration(oldest)
}

// fundsLeft is how long the operator's account pays for anchors at today's
// price and the pace of late, which an idle log has slower than configured;
// below 0: not known.
func (n *Node) fundsLeft(a anchor.Status) time.Duration {
	every := n.config.Anchor.Interval.Duration
	if p := n.pace.Load(); p != nil && p.every > 0 {
		// None came since: it may be the pace that has changed.
		every = max(every, p.every)
	}
	days := a.DaysAt(every)
	if days < 0 {
		return -1
	}
	return time.Duration(min(days*24*float64(time.Hour), math.MaxInt64/2))
}
