package kube

import (
	"context"
	"log"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Play is one played operator. Tick looks at the cluster once and does what is
// due; anything that takes long goes to the background.
type Play interface {
	Name() string
	Tick(ctx context.Context, operators Operators) error
}

// Loop ticks every play when something in the cluster has changed since the last tick, and after atLeast in any case: some plays
// wait for a time. It looks for a change once in every period. An API server that does not answer costs a tick, nothing else.
func Loop(ctx context.Context, client *Client, plays []Play, period, atLeast time.Duration) {
	said := NewSayOnce()
	var seen string
	var ticked time.Time
	for {
		// Read before the tick: what changes during one is for the next.
		revision, err := client.Revision(ctx)
		if err != nil || revision != seen || time.Since(ticked) >= atLeast {
			seen, ticked = revision, time.Now()
			tick(ctx, client, plays, said)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(period):
		}
	}
}

func tick(ctx context.Context, client *Client, plays []Play, said *SayOnce) {
	operators, err := FindOperators(ctx, client)
	if err != nil {
		said.Log(ctx, "operators", err)
		return
	}
	said.Forget("operators")
	var all sync.WaitGroup
	for _, p := range plays {
		all.Go(func() {
			if err := p.Tick(ctx, operators); err != nil {
				said.Log(ctx, p.Name(), err)
			} else {
				said.Forget(p.Name())
			}
		})
	}
	all.Wait()
}

// SayOnce logs an error again only after it changed or was forgotten.
type SayOnce struct {
	mu   sync.Mutex
	last map[string]string
}

// NewSayOnce starts with nothing said.
func NewSayOnce() *SayOnce {
	return &SayOnce{last: map[string]string{}}
}

// Log says err under a key unless it was the last thing said there.
func (s *SayOnce) Log(ctx context.Context, key string, err error) {
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	if s.last[key] != text {
		s.last[key] = text
		log.Printf("%s: %s", key, text)
	}
}

// Forget lets the next error of a key be said again.
func (s *SayOnce) Forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, key)
}

// Background runs at most one function per key at a time.
type Background struct {
	mu   sync.Mutex
	busy map[string]bool
}

// NewBackground has nothing running.
func NewBackground() *Background {
	return &Background{busy: map[string]bool{}}
}

// Go starts f unless a function of that key still runs.
func (b *Background) Go(key string, f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy[key] {
		return
	}
	b.busy[key] = true
	go func() {
		defer func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			delete(b.busy, key)
		}()
		f()
	}()
}

// Pace keeps repairs of unchanged objects rare: several sandboxes may share a small machine.
type Pace struct {
	mu   sync.Mutex
	last map[types.UID]turn
}

type turn struct {
	generation int64
	at         time.Time
}

// RepairEvery is how often an unchanged object's children are applied again.
const RepairEvery = 15 * time.Second

// NewPace finds everything due.
func NewPace() *Pace {
	return &Pace{last: map[types.UID]turn{}}
}

// Due takes a turn for an object when it changed or its last turn is long ago.
func (p *Pace) Due(o *Object) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, seen := p.last[o.GetUID()]
	if seen && last.generation == o.GetGeneration() && time.Since(last.at) < RepairEvery {
		return false
	}
	p.last[o.GetUID()] = turn{o.GetGeneration(), time.Now()}
	return true
}

// Forget makes an object due again.
func (p *Pace) Forget(o *Object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, o.GetUID())
}
