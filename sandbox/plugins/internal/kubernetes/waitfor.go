package kubernetes

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/theory/jsonpath"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// condition is what a waitFor annotation waits for.
type condition interface {
	// holds tells whether the object meets the condition, and if not, what is
	// missing.
	holds(obj *unstructured.Unstructured) (bool, string, error)
}

// parseWaitFor reads the annotation: one expression, or a JSON list of them, all
// of which must hold.
func parseWaitFor(text string) (condition, error) {
	var expressions []string
	if err := json.Unmarshal([]byte(text), &expressions); err != nil {
		expressions = []string{text}
	}
	if len(expressions) == 0 {
		return nil, errors.New("at least one condition must be specified")
	}
	var all allOf
	for _, expression := range expressions {
		c, err := parseExpression(expression)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func parseExpression(text string) (condition, error) {
	if path, found := strings.CutPrefix(text, "jsonpath="); found {
		return parsePath(path)
	}
	if name, found := strings.CutPrefix(text, "condition="); found {
		name, status, given := strings.Cut(name, "=")
		if !given {
			status = "True"
		}
		return statusCondition{name: name, status: status}, nil
	}
	return nil, fmt.Errorf(`expected a "jsonpath=" or "condition=" prefix, got %q`, text)
}

// allOf holds if each of its parts does.
type allOf []condition

func (a allOf) holds(obj *unstructured.Unstructured) (bool, string, error) {
	for _, c := range a {
		if ok, message, err := c.holds(obj); !ok || err != nil {
			return false, message, err
		}
	}
	return true, "", nil
}

// pathCondition holds if the first value a path selects is the wanted one, or
// if there is any where none is named.
type pathCondition struct {
	text   string
	path   *jsonpath.Path
	wanted string
}

// parsePath reads {path} or {path}=value. Equal signs inside the braces belong
// to the path.
func parsePath(text string) (condition, error) {
	if strings.HasPrefix(text, "'") {
		return nil, fmt.Errorf("%s should omit shell quotes", text)
	}
	end := closingBrace(text)
	if !strings.HasPrefix(text, "{") || end < 0 {
		return nil, fmt.Errorf("%s should be wrapped in brackets { ... }", text)
	}
	braced, rest := text[:end+1], text[end+1:]
	wanted := ""
	if rest != "" {
		var found bool
		if wanted, found = strings.CutPrefix(rest, "="); !found {
			return nil, fmt.Errorf("format should be {.path}=value or {.path}, got %q", text)
		}
		if wanted == "" {
			return nil, fmt.Errorf("%s requires a value", text)
		}
	}
	inner := strings.TrimSpace(text[1:end])
	if !strings.HasPrefix(inner, "$") {
		inner = "$" + inner
	}
	path, err := jsonpath.Parse(inner)
	if err != nil {
		return nil, fmt.Errorf("parsing %q: %w", braced, err)
	}
	return pathCondition{text: text, path: path, wanted: wanted}, nil
}

// closingBrace finds the brace that ends a path, outside of quotes.
func closingBrace(text string) int {
	quote := rune(0)
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '}':
			return i
		}
	}
	return -1
}

func (c pathCondition) holds(obj *unstructured.Unstructured) (bool, string, error) {
	waiting := "Waiting for " + c.text
	observed, found, _ := unstructured.NestedInt64(obj.Object, "status", "observedGeneration")
	if found && observed < obj.GetGeneration() {
		return false, waiting, nil
	}
	selected := slices.Collect(c.path.Select(obj.Object).All())
	if len(selected) == 0 {
		return false, c.text + " selected nothing", nil
	}
	if c.wanted == "" {
		return true, "", nil
	}
	switch selected[0].(type) {
	case []any, map[string]any:
		return false, waiting, fmt.Errorf("%q has a non-primitive value (%v)", c.text, selected[0])
	}
	value := fmt.Sprint(selected[0])
	return value == c.wanted, fmt.Sprintf("%s (found %q)", waiting, value), nil
}

// statusCondition holds if the object's status has a condition with the wanted
// status.
type statusCondition struct {
	name, status string
}

func (c statusCondition) holds(obj *unstructured.Unstructured) (bool, string, error) {
	conditions, found, err := unstructured.NestedSlice(obj.Object, "status", "conditions")
	if err != nil {
		return false, "", err
	}
	if !found {
		return false, "Has no .status.conditions", nil
	}
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if !ok {
			continue
		}
		name, _, _ := unstructured.NestedString(condition, "type")
		status, hasStatus, _ := unstructured.NestedString(condition, "status")
		if !hasStatus || !strings.EqualFold(name, c.name) {
			continue
		}
		observed, found, _ := unstructured.NestedInt64(condition, "observedGeneration")
		if !found {
			observed, found, _ = unstructured.NestedInt64(obj.Object, "status", "observedGeneration")
		}
		if found && observed < obj.GetGeneration() {
			return false, fmt.Sprintf("Generation %d is less than expected %d", observed, obj.GetGeneration()), nil
		}
		return strings.EqualFold(status, c.status),
			fmt.Sprintf("Resource has condition %s=%s (want %s)", c.name, status, c.status), nil
	}
	return false, fmt.Sprintf("Waiting for condition %s=%s", c.name, c.status), nil
}
