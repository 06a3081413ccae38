// Package checkpoint names logs and reads and signs their heads.
package checkpoint
