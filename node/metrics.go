package node

import (
	"math/big"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
)

// metrics are what the node counts and measures: for each of its parts a
// struct of collectors, on a registry of the node's own. docs/metrics.md lists
// them. Labels take their values from closed sets, and none from a request.
type metrics struct {
	registry *prometheus.Registry

	store      storeMetrics
	checkpoint checkpointMetrics
	anchor     anchorMetrics
	rpc        rpcMetrics
	http       httpMetrics
	batch      batchMetrics
	evidence   evidenceMetrics
}

// Buckets of times: of the disk, of answers, and of anchors.
var (
	diskBuckets   = prometheus.ExponentialBuckets(0.0005, 2, 14) // to 4 s
	answerBuckets = prometheus.ExponentialBuckets(0.001, 2.5, 14)
	anchorBuckets = prometheus.ExponentialBuckets(2, 2, 14) // to 4.5 h
)

func newMetrics() *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		store:      newStoreMetrics(),
		checkpoint: newCheckpointMetrics(),
		anchor:     newAnchorMetrics(),
		rpc:        newRPCMetrics(),
		http:       newHTTPMetrics(),
		batch:      newBatchMetrics(),
		evidence:   newEvidenceMetrics(),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "akashi_build_info", Help: "1, with the version of the program and of Go as labels.",
		ConstLabels: prometheus.Labels{"version": buildVersion(), "go": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	for _, part := range [][]prometheus.Collector{m.store.all(), m.checkpoint.all(), m.anchor.all(), m.rpc.all(), m.http.all(), m.batch.all(), m.evidence.all()} {
		m.registry.MustRegister(part...)
	}
	return m
}

// buildVersion is what the go command wrote into the program.
func buildVersion() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "unknown"
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// storeMetrics watch the log's disk; they are a store.Observer.
type storeMetrics struct {
	commitSeconds, commitEntries, syncSeconds prometheus.Histogram
	commitErrors, entries, records            prometheus.Counter
	indexSeconds                              prometheus.Histogram
	indexErrors, forgotten                    prometheus.Counter
}

func newStoreMetrics() storeMetrics {
	return storeMetrics{
		commitSeconds: histogram("akashi_store_commit_seconds", "Time of a transaction that appends entries.", diskBuckets),
		commitEntries: histogram("akashi_store_commit_entries", "Entries that one transaction appends.", prometheus.ExponentialBuckets(1, 4, 7)),
		syncSeconds:   histogram("akashi_store_sync_seconds", "The part of a transaction's time that writes and syncs the disk.", diskBuckets),
		commitErrors:  counter("akashi_store_commit_errors_total", "Transactions that appended nothing since the disk failed or was full."),
		entries:       counter("akashi_store_appended_entries_total", "Entries appended since the start."),
		records:       counter("akashi_store_appended_records_total", "Entries with a private row, that is records, appended since the start."),
		indexSeconds:  histogram("akashi_store_index_flush_seconds", "Time to write the index of many entries to index.db.", prometheus.ExponentialBuckets(0.01, 2.5, 10)),
		indexErrors:   counter("akashi_store_index_flush_errors_total", "Writes to index.db that failed and are tried again."),
		forgotten:     counter("akashi_store_forgotten_records_total", "Requests to forget a record that were carried out."),
	}
}

func (m *storeMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.commitSeconds, m.commitEntries, m.syncSeconds, m.commitErrors, m.entries, m.records, m.indexSeconds, m.indexErrors, m.forgotten}
}

// Committed counts a transaction.
func (m *storeMetrics) Committed(c store.Commit) {
	m.commitSeconds.Observe(c.Took.Seconds())
	m.syncSeconds.Observe(c.Synced.Seconds())
	if c.Err != nil {
		m.commitErrors.Inc()
		return
	}
	m.commitEntries.Observe(float64(c.Entries))
	m.entries.Add(float64(c.Entries))
	m.records.Add(float64(c.Records))
}

// Indexed counts a write of the index.
func (m *storeMetrics) Indexed(f store.Flush) {
	m.indexSeconds.Observe(f.Took.Seconds())
	if f.Err != nil {
		m.indexErrors.Inc()
	}
}

// Forgot counts a record that was forgotten.
func (m *storeMetrics) Forgot() { m.forgotten.Inc() }

// checkpointMetrics watch the sequencer.
type checkpointMetrics struct{ published, errors prometheus.Counter }

func newCheckpointMetrics() checkpointMetrics {
	return checkpointMetrics{
		published: counter("akashi_checkpoint_published_total", "Checkpoints signed, stored and published since the start."),
		errors:    counter("akashi_checkpoint_errors_total", "Checkpoints that could not be signed or stored."),
	}
}

func (m *checkpointMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.published, m.errors}
}

// stepped counts a checkpoint, or why there is none.
func (m *checkpointMetrics) stepped(err error) {
	if err != nil {
		m.errors.Inc()
		return
	}
	m.published.Inc()
}

// anchorMetrics watch the pipeline; they are an anchor.Observer.
type anchorMetrics struct {
	sent, raised, mined, orphaned, final prometheus.Counter
	finalSeconds                         prometheus.Histogram
	paid                                 prometheus.Counter
}

func newAnchorMetrics() anchorMetrics {
	return anchorMetrics{
		sent:         counter("akashi_anchor_attempts_total", "Transactions signed and sent, those that raise a fee included."),
		raised:       counter("akashi_anchor_fee_raises_total", "Transactions that replaced one which was not mined in time."),
		mined:        counter("akashi_anchor_mined_total", "Times that an anchor was seen in a block."),
		orphaned:     counter("akashi_anchor_orphaned_total", "Times that an anchor's block was given up by the chain."),
		final:        counter("akashi_anchor_final_total", "Anchors that became final."),
		finalSeconds: histogram("akashi_anchor_final_seconds", "Time from an anchor's first transaction to its being final.", anchorBuckets),
		paid:         counter("akashi_anchor_paid_coins_total", "Fees that the operator's account paid for anchors that became final, in the chain's coin."),
	}
}

func (m *anchorMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.sent, m.raised, m.mined, m.orphaned, m.final, m.finalSeconds, m.paid}
}

// Sent counts an attempt.
func (m *anchorMetrics) Sent(replaces bool) {
	m.sent.Inc()
	if replaces {
		m.raised.Inc()
	}
}

// Mined and Orphaned count what blocks do.
func (m *anchorMetrics) Mined()    { m.mined.Inc() }
func (m *anchorMetrics) Orphaned() { m.orphaned.Inc() }

// Finished counts an anchor that is final.
func (m *anchorMetrics) Finished(f anchor.Finished) {
	m.final.Inc()
	if f.Took > 0 {
		m.finalSeconds.Observe(f.Took.Seconds())
	}
	if f.Paid != nil {
		m.paid.Add(coins(f.Paid))
	}
}

// coins turns wei into the chain's coin.
func coins(wei *big.Int) float64 {
	f, _ := new(big.Float).Quo(new(big.Float).SetInt(wei), big.NewFloat(1e18)).Float64()
	return f
}

// rpcMetrics watch the questions to the chain.
type rpcMetrics struct {
	seconds *prometheus.HistogramVec // by method
	errors  *prometheus.CounterVec   // by method
}

func newRPCMetrics() rpcMetrics {
	return rpcMetrics{
		seconds: histograms("akashi_rpc_request_seconds", "Time until the chain's RPC answered, or did not, by method.", answerBuckets, "method"),
		errors:  counters("akashi_rpc_errors_total", "Questions that the chain's RPC did not answer, by method.", "method"),
	}
}

func (m *rpcMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.seconds, m.errors}
}

// asked counts a question.
func (m *rpcMetrics) asked(q anchor.Question) {
	m.seconds.WithLabelValues(q.Method).Observe(q.Took.Seconds())
	if q.Err != nil {
		m.errors.WithLabelValues(q.Method).Inc()
	}
}

// httpMetrics watch the requests.
type httpMetrics struct {
	requests       *prometheus.CounterVec   // by route and class
	seconds        *prometheus.HistogramVec // by route
	received, sent *prometheus.CounterVec   // by route
	problems       *prometheus.CounterVec   // by problem
	inFlight       prometheus.Gauge
}

func newHTTPMetrics() httpMetrics {
	return httpMetrics{
		requests: counters("akashi_http_requests_total", "Requests answered, by route and class of status.", "route", "class"),
		seconds:  histograms("akashi_http_request_seconds", "Time to answer a request, waiting that it asked for included, by route.", answerBuckets, "route"),
		received: counters("akashi_http_received_bytes_total", "Bytes read of request bodies, by route.", "route"),
		sent:     counters("akashi_http_sent_bytes_total", "Bytes of answers' bodies before they are compressed, by route.", "route"),
		problems: counters("akashi_http_problems_total", "Problem documents answered, by the name of the problem.", "problem"),
		inFlight: gauge("akashi_http_in_flight_requests", "Requests being answered."),
	}
}

func (m *httpMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.seconds, m.received, m.sent, m.problems, m.inFlight}
}

// answered counts one request. route is a pattern, never a path.
func (m *httpMetrics) answered(route string, status int, took time.Duration, received, sent int64) {
	m.requests.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
	m.received.WithLabelValues(route).Add(float64(received))
	m.sent.WithLabelValues(route).Add(float64(sent))
}

// batchMetrics watch the lines of batches.
type batchMetrics struct {
	lines *prometheus.CounterVec // by result
}

// batchResults are the values of the label result.
var batchResults = []string{"logged", "duplicate", "refused"}

func newBatchMetrics() batchMetrics {
	return batchMetrics{lines: counters("akashi_batch_lines_total", "Lines of batches answered, by what became of them.", "result")}
}

func (m *batchMetrics) all() []prometheus.Collector { return []prometheus.Collector{m.lines} }

// answered counts a line.
func (m *batchMetrics) answered(duplicate bool, err error) {
	result := 0
	switch {
	case err != nil:
		result = 2
	case duplicate:
		result = 1
	}
	m.lines.WithLabelValues(batchResults[result]).Inc()
}

// evidenceMetrics watch the building of evidence.
type evidenceMetrics struct {
	seconds prometheus.Histogram
	bytes   prometheus.Histogram
}

func newEvidenceMetrics() evidenceMetrics {
	return evidenceMetrics{
		seconds: histogram("akashi_evidence_build_seconds", "Time to build one piece of evidence, waiting for its turn left out.", answerBuckets),
		bytes:   histogram("akashi_evidence_bytes", "Size of one piece of evidence.", prometheus.ExponentialBuckets(2048, 2, 10)),
	}
}

func (m *evidenceMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.seconds, m.bytes}
}

// Metrics gives the node's metrics to whoever gathers them.
func (n *Node) Metrics() prometheus.Gatherer { return n.metrics.registry }

// getMetrics gives the metrics in the text format of Prometheus, to holders of
// a token, unless they have an address of their own.
func (n *Node) getMetrics(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeMetrics); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	if n.metering != nil {
		return refuse(kindNotFound, "This node serves its metrics on an address of their own: http.metrics_listen")
	}
	n.metricsHandler().ServeHTTP(w, r)
	return nil
}

// metricsHandler answers anybody. One of the parts that fails to tell is no
// reason to be silent about the others.
func (n *Node) metricsHandler() http.Handler {
	return promhttp.HandlerFor(n.metrics.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, DisableCompression: true, MaxRequestsInFlight: 4})
}
