// moov-io/iso20022: the typed message. Its Validate is left out: it refuses valid messages.
//
//	moov PATH
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/moov-io/iso20022/pkg/document"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: moov PATH")
		os.Exit(2)
	}
	serve(os.Args[1], func(message []byte) bool {
		_, err := document.ParseIso20022Document(message)
		return err == nil
	})
}

// serve keeps the agreement that every rival keeps, as ../README.md states it.
func serve(path string, read func([]byte) bool) {
	var messages [][]byte
	all, bytes := 0, 0
	for _, message := range load(path) {
		all++
		if read(message) {
			messages = append(messages, message)
			bytes += len(message)
		}
	}
	fmt.Println(len(messages), all-len(messages), bytes)
	for turns := bufio.NewScanner(os.Stdin); turns.Scan(); {
		milliseconds, err := strconv.ParseInt(strings.TrimSpace(turns.Text()), 10, 64)
		must(err)
		begin, spent, passes := cpuTime(), int64(0), 0
		for spent < milliseconds*1e6 {
			for _, message := range messages {
				read(message)
			}
			passes++
			spent = cpuTime() - begin
		}
		fmt.Println(passes, spent)
	}
}

// cpuTime is the processor time of this process in nanoseconds: what other programs of the machine do is not in it.
func cpuTime() int64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// load reads a file, or all files of a folder in the order of their names.
func load(path string) (messages [][]byte) {
	paths := []string{path}
	if about, err := os.Stat(path); err == nil && about.IsDir() {
		paths, err = filepath.Glob(filepath.Join(path, "*"))
		must(err)
	}
	for _, path := range paths {
		message, err := os.ReadFile(path)
		must(err)
		messages = append(messages, message)
	}
	return messages
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
