package command

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"orchestrator-sandbox/plugins/internal/server"
)

// inputNames are the inputs of a command resource.
var inputNames = map[resource.PropertyKey]bool{
	"create": true, "update": true, "delete": true, "triggers": true,
	"stdin": true, "logging": true, "interpreter": true, "dir": true, "environment": true,
	"assetPaths": true, "archivePaths": true, "addPreviousOutputInEnv": true,
}

// inputs are the inputs of a command resource or of the run function.
type inputs struct {
	create, update, del, command *string
	stdin, dir                   *string
	interpreter                  []string
	environment                  map[string]string
	logStdout, logStderr         bool
	previousOutput               bool
}

// inputsOf keeps the inputs of a resource's state.
func inputsOf(state resource.PropertyMap) resource.PropertyMap {
	kept := resource.PropertyMap{}
	for key, value := range state {
		if inputNames[key] {
			kept[key] = value
		}
	}
	return kept
}

// parseInputs reads the inputs. Unknown values, which only previews have, read
// as absent.
func parseInputs(props resource.PropertyMap) (inputs, error) {
	in := inputs{logStdout: true, logStderr: true, previousOutput: true}
	for key, target := range map[resource.PropertyKey]**string{
		"create": &in.create, "update": &in.update, "delete": &in.del, "command": &in.command,
		"stdin": &in.stdin, "dir": &in.dir,
	} {
		value, given := known(props[key])
		if !given {
			continue
		}
		if !value.IsString() {
			return in, fmt.Errorf("%q must be a string", key)
		}
		text := value.StringValue()
		*target = &text
	}

	if value, given := known(props["interpreter"]); given {
		if !value.IsArray() {
			return in, fmt.Errorf("%q must be a list", "interpreter")
		}
		for _, item := range value.ArrayValue() {
			if !item.IsString() {
				return in, fmt.Errorf("%q must be a list of strings", "interpreter")
			}
			in.interpreter = append(in.interpreter, item.StringValue())
		}
	}
	if value, given := known(props["environment"]); given {
		if !value.IsObject() {
			return in, fmt.Errorf("%q must be a map", "environment")
		}
		in.environment = map[string]string{}
		for name, item := range value.ObjectValue() {
			if !item.IsString() {
				return in, fmt.Errorf("%q must be a map of strings: %q is not one", "environment", name)
			}
			in.environment[string(name)] = item.StringValue()
		}
	}
	if value, given := known(props["addPreviousOutputInEnv"]); given {
		if !value.IsBool() {
			return in, fmt.Errorf("%q must be a boolean", "addPreviousOutputInEnv")
		}
		in.previousOutput = value.BoolValue()
	}
	if value, given := known(props["logging"]); given {
		if err := in.setLogging(value); err != nil {
			return in, err
		}
	}
	for _, key := range []resource.PropertyKey{"assetPaths", "archivePaths"} {
		if _, given := known(props[key]); given {
			return in, fmt.Errorf("the stand-in does not support %q", key)
		}
	}
	return in, nil
}

func (in *inputs) setLogging(value resource.PropertyValue) error {
	choice := ""
	if value.IsString() {
		choice = value.StringValue()
	}
	switch choice {
	case "stdout":
		in.logStderr = false
	case "stderr":
		in.logStdout = false
	case "stdoutAndStderr":
	case "none":
		in.logStdout, in.logStderr = false, false
	default:
		return fmt.Errorf("%q must be stdout, stderr, stdoutAndStderr or none", "logging")
	}
	return nil
}

// known returns the plain value, and whether there is one that is fully known.
func known(value resource.PropertyValue) (resource.PropertyValue, bool) {
	if value.IsNull() || value.ContainsUnknowns() {
		return resource.PropertyValue{}, false
	}
	return server.Plain(value), true
}
