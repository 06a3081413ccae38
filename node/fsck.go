package node

import (
	"context"
	"fmt"

	"github.com/akashi-project/akashi/store"
)

// Fsck recomputes the store of a stopped node from its entries and names the
// first divergence. It needs the store's directory and secret only; the
// configuration's other parts may be wrong. progress may be nil.
func Fsck(ctx context.Context, c Config, progress func(done, total uint64)) (store.FsckReport, error) {
	secret, err := readStoreSecret(c.Store.SecretFile)
	if err != nil {
		return store.FsckReport{}, fmt.Errorf("store.secret_file: %w", err)
	}
	return store.Fsck(ctx, store.Options{Dir: c.Store.Dir, Secret: secret, Logger: c.Logger}, progress)
}
