package anchor

import (
	"context"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// A Reader answers the verifier's questions (verify.Chain) from one RPC. What
// the RPC says is believed as far as it does not contradict itself; that it is
// silent, slow or says nonsense is an error wrapping ErrNoAnswer.
// It is safe for concurrent use.
type Reader struct {
	client        *Client
	confirmations uint64
}

var _ verify.Chain = (*Reader)(nil)

// NewReader returns a Reader that asks through c. With confirmations 0 what
// the chain says is final counts as final; otherwise what lies so many blocks
// below the latest, for chains without finality: such a block may still be
// undone.
func NewReader(c *Client, confirmations uint64) *Reader {
	return &Reader{client: c, confirmations: confirmations}
}

// ChainID implements verify.Chain.
func (r *Reader) ChainID(ctx context.Context) (uint64, error) { return r.client.ChainID(ctx) }

// CodeHash implements verify.Chain.
func (r *Reader) CodeHash(ctx context.Context, a checkpoint.Address) (verify.BlockHash, error) {
	hash, _, err := r.client.codeHash(ctx, a)
	return hash, err
}

// Finalized implements verify.Chain. A chain that names no final block gives
// an error wrapping ErrNoFinality.
func (r *Reader) Finalized(ctx context.Context) (verify.Block, error) {
	latest, err := r.client.block(ctx, latestBlock)
	if err != nil {
		return verify.Block{}, err
	}
	final, err := r.client.final(ctx, latest.Block, r.confirmations)
	if err != nil {
		return verify.Block{}, err
	}
	if final.Number > latest.Number {
		// Either it lies, or the head moved between the two questions.
		if latest, err = r.client.block(ctx, latestBlock); err != nil {
			return verify.Block{}, err
		}
		if final.Number > latest.Number {
			return verify.Block{}, r.client.nonsense("final block %d is above the latest, %d", final.Number, latest.Number)
		}
	}
	return final.Block, nil
}

// Block implements verify.Chain.
func (r *Reader) Block(ctx context.Context, number uint64) (verify.Block, error) {
	b, err := r.client.canonical(ctx, number)
	return b.Block, err
}

// LogHead implements verify.Chain. An RPC that keeps no old states can not
// tell of a block far below the latest.
func (r *Reader) LogHead(ctx context.Context, log checkpoint.LogRef, at verify.Block) (verify.LogHead, error) {
	h, err := r.client.logHead(ctx, log, at.Hash)
	if err != nil {
		return verify.LogHead{}, err
	}
	return verify.LogHead{Size: h.tree.Size, Root: h.tree.Root, Time: h.time, Closed: h.closed}, nil
}

// Anchored implements verify.Chain.
func (r *Reader) Anchored(ctx context.Context, log checkpoint.LogRef, number uint64) ([]verify.Anchored, error) {
	b, err := r.client.canonical(ctx, number)
	if err != nil {
		return nil, err
	}
	logs, err := r.client.anchoredLogs(ctx, log, 0, number, number)
	if err != nil {
		return nil, err
	}
	out := make([]verify.Anchored, 0, len(logs))
	for i := range logs {
		e, ok := readAnchored(log, &logs[i])
		if !ok || e.Block.Hash != b.Hash {
			return nil, fmt.Errorf("anchors in block %d: %w", number, r.client.nonsense("an event that is not of that block or log"))
		}
		e.Block = b.Block
		out = append(out, e)
	}
	return out, nil
}
