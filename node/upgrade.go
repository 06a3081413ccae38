package node

import (
	"context"
	"fmt"

	"github.com/akashi-project/akashi/store"
)

// Upgrade brings the store of a stopped node to the format of this release
// (store.Upgrade). It needs the store's directory and secret only.
func Upgrade(ctx context.Context, c Config, o store.UpgradeOptions) (store.UpgradePlan, error) {
	secret, err := readStoreSecret(c.Store.SecretFile)
	if err != nil {
		return store.UpgradePlan{}, fmt.Errorf("store.secret_file: %w", err)
	}
	return store.Upgrade(ctx, store.Options{Dir: c.Store.Dir, Secret: secret, Logger: c.Logger}, o)
}
