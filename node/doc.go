// Package node is the service in which the parts of akashi meet: it takes
// records over HTTP, logs them, signs and publishes the head of the log,
// anchors it on the chain, and answers with evidence.
//
//	init, err := node.Init(ctx, dir, node.InitOptions{Origin: "log.uni.example", Network: "dev"})
//	config, err := node.Load(filepath.Join(dir, node.ConfigFile), os.Environ(), nil)
//	n, err := node.New(config) // opens store, keys and port; starts nothing
//	err = n.Run(ctx)           // until ctx ends; joins all that it started
//
// # What an answer means
//
// A record is *logged* when POST /v1/records answers: it survives power loss
// and keeps its index for good. It is *anchored* when a mined anchor covers
// it, and *final* when that anchor's block is final; only then is there
// evidence of it. The same record submitted again gets the same index.
//
// # The fence
//
// A disk may be an old copy of itself. Until the head of the log on the chain,
// at the latest block, is known to be consistent with the store, nothing new
// is signed, published or anchored; records are taken and are durable
// meanwhile, and what was published before is served. When the chain is ahead
// of the store or contradicts it, the node takes no records either, since a
// second entry at an index that the chain already covers could never be
// anchored: it says what to do at /readyz, in every answer to a write and in
// its log, and serves reads.
//
// # Keys
//
// Which key signs checkpoints, and whose anchors, the log's owner says on the
// chain. The node signs with the key that the last final change names, with the
// opening one before any, and with nothing when it does not have it or has not
// seen the chain since its start; it anchors with the key of the log's operator.
// Files of further keys are found when they are needed (NewCheckpointKey,
// NewOperatorKey).
//
// # HTTP
//
// Reads of the log are C2SP tlog-tiles: /checkpoint, /tile/L/N[.p/W],
// /tile/entries/N[.p/W]; and /tile/status/N, the states of 32,768 entries.
// The rest is JSON under /v1/ (docs/http.md, openapi.yaml). Writes need a
// bearer token. Every error is an RFC 9457 problem document (type Problem).
// Batches of records are lines of JSON both ways (type Batch); what happens to
// the log is streamed as server-sent events, whose ids name sizes on disk and
// so outlive the process (type cursor).
//
// Badges are judged by themselves, whether logged or not, at /v1/badges/check
// and as the W3C's API has it at /credentials/verify; with a badge key in the
// configuration, /credentials/issue signs credentials (docs/vc-api.md). Of these
// nothing is kept.
//
// Neither log lines nor errors hold bytes, digest or salt of a record, a
// token, or the path that was asked for: a log line names the route.
package node
