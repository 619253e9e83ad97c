// A program by others for ledgers: verifies our proofs, checkpoints and tiles with filippo.io/torchwood and
// golang.org/x/mod, and makes notes and cosignatures for us to verify.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check(err)
	return content
}

// policy asks for the log and for every witness.
func policy(log string, witnesses []string) torchwood.Policy {
	verifier, err := note.NewVerifier(log)
	check(err)
	all := []torchwood.Policy{torchwood.SingleVerifierPolicy(verifier), torchwood.OriginPolicy(verifier.Name())}
	for _, vkey := range witnesses {
		witness, err := torchwood.NewCosignatureVerifier(vkey)
		check(err)
		all = append(all, torchwood.SingleVerifierPolicy(witness))
	}
	return torchwood.ThresholdPolicy(len(all), all...)
}

// proof LOG FILE [WITNESS...]: the commitment in the extra data is in the log.
func proof(arguments []string) {
	content := read(arguments[1])
	extra, err := torchwood.ProofExtraData(content)
	check(err)
	var commitment []byte
	for _, line := range strings.Split(string(extra), "\n") {
		if value, found := strings.CutPrefix(line, "commitment "); found {
			commitment, err = base64.StdEncoding.DecodeString(value)
			check(err)
		}
	}
	check(torchwood.VerifyProof(policy(arguments[0], arguments[2:]), tlog.RecordHash(commitment), content))
	fmt.Println("proof holds")
}

type files struct{ root string }

func (f files) ReadTiles(_ context.Context, tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		full := tile
		full.W = 1 << torchwood.TileHeight
		content, err := os.ReadFile(filepath.Join(f.root, torchwood.TilePath(tile)))
		if err != nil {
			content, err = os.ReadFile(filepath.Join(f.root, torchwood.TilePath(full)))
		}
		if err != nil {
			return nil, err
		}
		contents = append(contents, content[:tile.W*tlog.HashSize])
	}
	return contents, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) ReadEndpoint(_ context.Context, path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.root, path))
}

// tiles FOLDER SIZE ROOT: every hash that the tiles of a tree of that size give leads to the root. SIZE is a multiple of 256.
func tiles(arguments []string) {
	var size int64
	_, err := fmt.Sscan(arguments[1], &size)
	check(err)
	root, err := tlog.ParseHash(arguments[2])
	check(err)
	reader := torchwood.TileHashReaderWithContext(context.Background(), tlog.Tree{N: size, Hash: root}, files{arguments[0]})
	for n := int64(0); n < size; n++ {
		_, err := tlog.ProveRecord(size, n, reader)
		check(err)
	}
	fmt.Println("tiles hold")
}

// note FOLDER: a checkpoint signed and cosigned by Go, with the keys.
func makeNote(arguments []string) {
	secret, public, err := note.GenerateKey(rand.Reader, "go.example/log")
	check(err)
	signer, err := note.NewSigner(secret)
	check(err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	witness, err := torchwood.NewCosignatureSigner("go.example/witness", key)
	check(err)
	checkpoint := torchwood.Checkpoint{Origin: "go.example/log", Tree: tlog.Tree{N: 1, Hash: tlog.RecordHash([]byte("x"))}}
	signed, err := note.Sign(&note.Note{Text: checkpoint.String()}, signer, witness)
	check(err)
	write := func(name, content string) {
		check(os.WriteFile(filepath.Join(arguments[0], name), []byte(content), fs.FileMode(0o644)))
	}
	write("checkpoint", string(signed))
	write("log.key", public)
	write("witness.key", witness.Verifier().String())
}

func main() {
	commands := map[string]func([]string){"proof": proof, "tiles": tiles, "note": makeNote}
	commands[os.Args[1]](os.Args[2:])
}
