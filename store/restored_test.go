package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/checkpoint"
)

// TestRestored keeps the mark of a restore over restarts until Release.
func TestRestored(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s := openTest(t, o)
	if _, ok, err := s.Restored(); ok || err != nil {
		t.Fatalf("a store that was not restored: %v, %v", ok, err)
	}
	if err := errors.Join(s.Asked(ctx, 3), s.Release(ctx)); err != nil {
		t.Errorf("without a mark: %v", err)
	}
	if err := s.update(func(tx *bbolt.Tx) error { return putRestored(tx, Restored{Keys: []string{"k"}}) }); err == nil {
		t.Error("a mark without an operator")
	}
	want := Restored{
		At: time.Unix(1_800_000_000, 0).UTC(), Made: time.Unix(1_700_000_000, 0).UTC(), Size: 7,
		Operator: checkpoint.Address{1}, Keys: []string{"log.uni.example+1+k"},
	}
	if err := s.update(func(tx *bbolt.Tx) error { return putRestored(tx, want) }); err != nil {
		t.Fatal(err)
	}
	for _, block := range []uint64{9, 4} {
		if err := s.Asked(ctx, block); err != nil {
			t.Fatal(err)
		}
	}
	want.Asked = 9
	closeTest(t, s)
	s = openTest(t, o)
	if got, ok, err := s.Restored(); !ok || err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the mark is %+v, %v, %v", got, ok, err)
	}
	if err := s.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Restored(); ok || err != nil {
		t.Errorf("released: %v, %v", ok, err)
	}
}
