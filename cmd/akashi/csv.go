package main

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// byteOrderMark makes Excel take a CSV file for UTF-8.
const byteOrderMark = "\ufeff"

// csvLine is one record of a CSV file (RFC 4180), safe to open in a
// spreadsheet.
//
// Each cell is quoted, also those that need not be: a program that expects
// another separator would cut an unquoted cell in two, and take the second
// half for a formula. A cell that begins as a formula does gets an apostrophe
// before it, which spreadsheets take for "this is text". What a file name or
// an issuer is, somebody else has chosen.
func csvLine(cells ...string) []byte {
	var b bytes.Buffer
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		if isFormula(cell) {
			b.WriteByte('\'')
		}
		b.WriteString(strings.ReplaceAll(plain(strings.ReplaceAll(cell, "\n", " ")), `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// isFormula reports whether a spreadsheet might compute what is in a cell, by
// its first character, in ASCII or in the full width of East Asian text.
func isFormula(cell string) bool {
	r, _ := utf8.DecodeRuneInString(cell)
	return cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
}
