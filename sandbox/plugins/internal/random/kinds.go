package random

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/bcrypt"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// bcryptLimit is how many bytes of a password its hash covers.
const bcryptLimit = 72

// kind is one type of random resource.
type kind struct {
	// required is the input that must be given, if any.
	required resource.PropertyKey
	// inputs are the other inputs, with their defaults; nil for none.
	inputs map[resource.PropertyKey]any
	// outputs are the computed outputs.
	outputs []resource.PropertyKey
	// secrets are the outputs that are secret.
	secrets []resource.PropertyKey
	// make computes the id and the outputs from planned, plain inputs.
	make func(planned resource.PropertyMap) (string, resource.PropertyMap, error)
}

// stringInputs are the inputs of a random text besides its length.
var stringInputs = map[resource.PropertyKey]any{
	"keepers": nil, "overrideSpecial": nil,
	"special": true, "upper": true, "lower": true, "number": true, "numeric": true,
	"minSpecial": 0, "minUpper": 0, "minLower": 0, "minNumeric": 0,
}

var kinds = map[string]kind{
	"random:index/randomPassword:RandomPassword": {
		required: "length",
		inputs:   stringInputs,
		outputs:  []resource.PropertyKey{"result", "bcryptHash"},
		secrets:  []resource.PropertyKey{"result", "bcryptHash"},
		make:     makePassword,
	},
	"random:index/randomString:RandomString": {
		required: "length",
		inputs:   stringInputs,
		outputs:  []resource.PropertyKey{"result"},
		make:     makeString,
	},
	"random:index/randomId:RandomId": {
		required: "byteLength",
		inputs:   map[resource.PropertyKey]any{"keepers": nil, "prefix": nil},
		outputs:  []resource.PropertyKey{"b64Std", "b64Url", "dec", "hex"},
		make:     makeID,
	},
	"random:index/randomUuid:RandomUuid": {
		inputs:  map[resource.PropertyKey]any{"keepers": nil},
		outputs: []resource.PropertyKey{"result"},
		make:    makeUUID,
	},
	"random:index/randomBytes:RandomBytes": {
		required: "length",
		inputs:   map[resource.PropertyKey]any{"keepers": nil},
		outputs:  []resource.PropertyKey{"base64", "hex"},
		secrets:  []resource.PropertyKey{"base64", "hex"},
		make:     makeBytes,
	},
}

func kindOf(urn string) (kind, error) {
	token := string(resource.URN(urn).Type())
	k, found := kinds[token]
	if !found {
		return kind{}, status.Errorf(codes.Unimplemented, "the stand-in does not know the resource type %q", token)
	}
	return k, nil
}

// plan fills the defaults in.
func (k kind) plan(inputs resource.PropertyMap) resource.PropertyMap {
	planned := inputs.Copy()
	// The two names of one option follow each other.
	for a, b := range map[resource.PropertyKey]resource.PropertyKey{"number": "numeric", "numeric": "number"} {
		if _, known := k.inputs[a]; known && planned[a].IsNull() && !inputs[b].IsNull() {
			planned[a] = inputs[b]
		}
	}
	for key, value := range k.inputs {
		if value != nil && planned[key].IsNull() {
			planned[key] = resource.NewPropertyValue(value)
		}
	}
	return planned
}

// inputsOf keeps the inputs that have a value.
func (k kind) inputsOf(props resource.PropertyMap) resource.PropertyMap {
	kept := resource.PropertyMap{}
	for key, value := range props {
		if _, known := k.inputs[key]; (known || key == k.required) && !value.IsNull() {
			kept[key] = value
		}
	}
	return kept
}

// mark makes an output secret if it is one that must be.
func (k kind) mark(key resource.PropertyKey, value resource.PropertyValue) resource.PropertyValue {
	if slices.Contains(k.secrets, key) {
		return resource.MakeSecret(value)
	}
	return value
}

// validate returns what is wrong with the inputs.
func (k kind) validate(inputs resource.PropertyMap) []string {
	if inputs.ContainsUnknowns() {
		return nil
	}
	var failures []string
	for key := range inputs {
		if _, known := k.inputs[key]; !known && key != k.required && !resource.IsInternalPropertyKey(key) {
			failures = append(failures, fmt.Sprintf("%q is not an input of this resource", key))
		}
	}
	if k.required == "" {
		return failures
	}
	planned := plainPlan(k, inputs)
	length := planned[k.required]
	if !length.IsNumber() {
		return append(failures, fmt.Sprintf("%q is required and must be a number", k.required))
	}
	least := integer(planned, "minSpecial") + integer(planned, "minUpper") +
		integer(planned, "minLower") + integer(planned, "minNumeric")
	if integer(planned, k.required) < max(1, least) {
		failures = append(failures, fmt.Sprintf("%q must be at least %d", k.required, max(1, least)))
	}
	_, text := k.inputs["special"]
	if text && alphabet(planned) == "" {
		failures = append(failures, "at least one of special, upper, lower and numeric must be true")
	}
	return failures
}

func makePassword(planned resource.PropertyMap) (string, resource.PropertyMap, error) {
	text, err := randomText(planned)
	if err != nil {
		return "", nil, err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(text)[:min(len(text), bcryptLimit)], bcrypt.DefaultCost)
	if err != nil {
		return "", nil, err
	}
	return "none", resource.PropertyMap{
		"result":     resource.NewStringProperty(text),
		"bcryptHash": resource.NewStringProperty(string(hash)),
	}, nil
}

func makeString(planned resource.PropertyMap) (string, resource.PropertyMap, error) {
	text, err := randomText(planned)
	return text, resource.PropertyMap{"result": resource.NewStringProperty(text)}, err
}

func makeID(planned resource.PropertyMap) (string, resource.PropertyMap, error) {
	data, err := randomBytes(integer(planned, "byteLength"))
	if err != nil {
		return "", nil, err
	}
	prefix := ""
	if p := planned["prefix"]; p.IsString() {
		prefix = p.StringValue()
	}
	id := base64.RawURLEncoding.EncodeToString(data)
	return id, resource.PropertyMap{
		"b64Url": resource.NewStringProperty(prefix + id),
		"b64Std": resource.NewStringProperty(prefix + base64.StdEncoding.EncodeToString(data)),
		"hex":    resource.NewStringProperty(prefix + hex.EncodeToString(data)),
		"dec":    resource.NewStringProperty(prefix + new(big.Int).SetBytes(data).String()),
	}, nil
}

func makeUUID(resource.PropertyMap) (string, resource.PropertyMap, error) {
	id, err := uuid.NewRandom()
	return id.String(), resource.PropertyMap{"result": resource.NewStringProperty(id.String())}, err
}

func makeBytes(planned resource.PropertyMap) (string, resource.PropertyMap, error) {
	data, err := randomBytes(integer(planned, "length"))
	if err != nil {
		return "", nil, err
	}
	id := base64.StdEncoding.EncodeToString(data)
	return id, resource.PropertyMap{
		"base64": resource.NewStringProperty(id),
		"hex":    resource.NewStringProperty(hex.EncodeToString(data)),
	}, nil
}

func randomBytes(n int) ([]byte, error) {
	data := make([]byte, n)
	_, err := rand.Read(data)
	return data, err
}
