package server

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Caller is the environment and working directory a provider runs with.
//
// The engine starts a plugin with its own environment, in the project's folder.
// An attached process has neither, so they are taken from the engine's process,
// which on Linux can be found by its end of the connection. Where it cannot be
// found, the stand-in's own environment and working directory are used.
type Caller struct {
	// Env is the environment, as in os.Environ.
	Env []string
	// Dir is the working directory.
	Dir string
}

// Getenv returns the value of an environment variable, the last one where there are several.
func (c Caller) Getenv(name string) string {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if value, found := strings.CutPrefix(c.Env[i], name+"="); found {
			return value
		}
	}
	return ""
}

// Path resolves a path against the caller's working directory.
func (c Caller) Path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, path)
}

// Self returns the environment and working directory of this process.
func Self() Caller {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	return Caller{Env: os.Environ(), Dir: dir}
}

// callerOf finds the process at the other end of a loopback connection.
func callerOf(remote, local net.Addr) Caller {
	self := Self()
	pid, err := peerPID(remote, local)
	if err != nil {
		return self
	}
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%s/environ", pid))
	if err != nil {
		return self
	}
	dir, err := os.Readlink(fmt.Sprintf("/proc/%s/cwd", pid))
	if err != nil {
		return self
	}
	var env []string
	for _, entry := range strings.Split(string(environ), "\x00") {
		if entry != "" {
			env = append(env, entry)
		}
	}
	return Caller{Env: env, Dir: projectDir(dir)}
}

// projectDir is the nearest folder upwards that holds a project file.
func projectDir(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		for _, name := range []string{"Pulumi.yaml", "Pulumi.yml", "Pulumi.json"} {
			if _, err := os.Stat(filepath.Join(d, name)); err == nil {
				return d
			}
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// peerPID returns the id of the process that owns the remote end.
func peerPID(remote, local net.Addr) (string, error) {
	inode, err := socketInode(remote, local)
	if err != nil {
		return "", err
	}
	want := "socket:[" + inode + "]"
	fds, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return "", err
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && target == want {
			return strings.Split(fd, "/")[2], nil
		}
	}
	return "", fmt.Errorf("no process holds %s", want)
}

// socketInode finds a connection in the kernel's list of TCP sockets.
func socketInode(remote, local net.Addr) (string, error) {
	from, err := procAddress(remote)
	if err != nil {
		return "", err
	}
	to, err := procAddress(local)
	if err != nil {
		return "", err
	}
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", err
	}
	defer file.Close()

	const localColumn, remoteColumn, inodeColumn = 1, 2, 9
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > inodeColumn && fields[localColumn] == from && fields[remoteColumn] == to {
			return fields[inodeColumn], nil
		}
	}
	return "", fmt.Errorf("no socket for %s", remote)
}

// procAddress spells an IPv4 address the way /proc/net/tcp does.
func procAddress(addr net.Addr) (string, error) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.To4() == nil {
		return "", fmt.Errorf("not an IPv4 address: %v", addr)
	}
	ip := make([]byte, net.IPv4len)
	binary.NativeEndian.PutUint32(ip, binary.BigEndian.Uint32(tcp.IP.To4()))
	return strings.ToUpper(fmt.Sprintf("%s:%04x", hex.EncodeToString(ip), tcp.Port)), nil
}
