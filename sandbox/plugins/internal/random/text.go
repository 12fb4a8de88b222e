package random

import (
	"crypto/rand"
	"errors"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	numeric = "0123456789"
	special = "!@#$%&*()-_=+[]{}<>:?"
)

// class is a set of characters and the inputs that govern it.
type class struct {
	chars        string
	use, atLeast resource.PropertyKey
}

func classes(planned resource.PropertyMap) []class {
	specials := special
	if o := planned["overrideSpecial"]; o.IsString() && o.StringValue() != "" {
		specials = o.StringValue()
	}
	return []class{
		{upper, "upper", "minUpper"},
		{lower, "lower", "minLower"},
		{numeric, "numeric", "minNumeric"},
		{specials, "special", "minSpecial"},
	}
}

// alphabet is every character that a random text may have.
func alphabet(planned resource.PropertyMap) string {
	chars := ""
	for _, c := range classes(planned) {
		if use := planned[c.use]; use.IsBool() && use.BoolValue() {
			chars += c.chars
		}
	}
	return chars
}

// randomText makes a text of the planned length with at least the planned
// number of characters of each class, in random order.
func randomText(planned resource.PropertyMap) (string, error) {
	chars := alphabet(planned)
	if chars == "" {
		return "", errors.New("no characters to choose from")
	}
	var text []rune
	for _, c := range classes(planned) {
		picked, err := pick(c.chars, integer(planned, c.atLeast))
		if err != nil {
			return "", err
		}
		text = append(text, picked...)
	}
	rest, err := pick(chars, integer(planned, "length")-len(text))
	if err != nil {
		return "", err
	}
	text = append(text, rest...)

	for i := len(text) - 1; i > 0; i-- {
		j, err := below(i + 1)
		if err != nil {
			return "", err
		}
		text[i], text[j] = text[j], text[i]
	}
	return string(text), nil
}

func pick(chars string, n int) ([]rune, error) {
	set := []rune(chars)
	var picked []rune
	for range max(0, n) {
		i, err := below(len(set))
		if err != nil {
			return nil, err
		}
		picked = append(picked, set[i])
	}
	return picked, nil
}

func below(n int) (int, error) {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, err
	}
	return int(i.Int64()), nil
}

func integer(props resource.PropertyMap, key resource.PropertyKey) int {
	if value := props[key]; value.IsNumber() {
		return int(value.NumberValue())
	}
	return 0
}

func plainPlan(k kind, inputs resource.PropertyMap) resource.PropertyMap {
	return server.PlainMap(k.plan(inputs))
}
