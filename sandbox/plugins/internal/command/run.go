package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"orchestrator-sandbox/plugins/internal/server"
)

// Environment variables that hand the previous run's output to a command.
const (
	envStdout = "PULUMI_COMMAND_STDOUT"
	envStderr = "PULUMI_COMMAND_STDERR"
)

// result is what a command printed.
type result struct {
	stdout, stderr string
}

func resultOf(state resource.PropertyMap) result {
	text := func(key resource.PropertyKey) string {
		if value, given := known(state[key]); given && value.IsString() {
			return value.StringValue()
		}
		return ""
	}
	return result{stdout: text("stdout"), stderr: text("stderr")}
}

// run runs a command to its end. The command is killed if the call or the
// provider is cancelled.
func (p *provider) run(ctx context.Context, urn, text string, in inputs, previous result) (result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.Context(), cancel)()

	args := append(interpreter(in), text)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = environment(p.Caller, in, previous)
	cmd.Dir = p.Caller.Dir
	if in.dir != nil {
		cmd.Dir = p.Caller.Path(*in.dir)
	}
	if path, err := lookPath(args[0], p.Caller); err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	if in.stdin != nil && *in.stdin != "" {
		cmd.Stdin = strings.NewReader(*in.stdin)
	}

	var stdout, stderr bytes.Buffer
	var combined lockedBuffer
	logLines, logDone := p.lineLogger(urn)
	cmd.Stdout = writers(in.logStdout, logLines, &stdout, &combined)
	cmd.Stderr = writers(in.logStderr, logLines, &stderr, &combined)

	err := cmd.Run()
	logLines.Close()
	<-logDone
	if err != nil {
		return previous, fmt.Errorf("%w: running %q:\n%s", err, text, combined.String())
	}
	return result{
		stdout: strings.TrimSuffix(stdout.String(), "\n"),
		stderr: strings.TrimSuffix(stderr.String(), "\n"),
	}, nil
}

// interpreter is the program, and its arguments, that takes the command text.
func interpreter(in inputs) []string {
	switch {
	case len(in.interpreter) > 0:
		return append([]string(nil), in.interpreter...)
	case runtime.GOOS == "windows":
		return []string{"cmd", "/C"}
	default:
		return []string{"/bin/sh", "-c"}
	}
}

func environment(caller server.Caller, in inputs, previous result) []string {
	env := append([]string(nil), caller.Env...)
	for name, value := range in.environment {
		env = append(env, name+"="+value)
	}
	if in.previousOutput {
		if previous.stdout != "" {
			env = append(env, envStdout+"="+previous.stdout)
		}
		if previous.stderr != "" {
			env = append(env, envStderr+"="+previous.stderr)
		}
	}
	return env
}

// lookPath finds a program by the caller's PATH instead of the stand-in's.
func lookPath(program string, caller server.Caller) (string, error) {
	if strings.ContainsRune(program, '/') || runtime.GOOS == "windows" {
		return "", errors.New("not looked up")
	}
	for _, dir := range strings.Split(caller.Getenv("PATH"), ":") {
		if dir == "" {
			continue
		}
		if path, err := exec.LookPath(caller.Path(dir) + "/" + program); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

func writers(log bool, logger io.Writer, always ...io.Writer) io.Writer {
	if log {
		always = append(always, logger)
	}
	return io.MultiWriter(always...)
}

// lineLogger returns a writer whose lines show as status messages, and a
// channel that closes when all have been sent.
func (p *provider) lineLogger(urn string) (io.WriteCloser, <-chan struct{}) {
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewReader(reader)
		for {
			line, err := lines.ReadString('\n')
			if line != "" {
				p.Host.LogStatus(server.Info, urn, strings.TrimRight(line, "\r\n"))
			}
			if err != nil {
				return
			}
		}
	}()
	return writer, done
}

// lockedBuffer takes writes from both outputs of a command.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
