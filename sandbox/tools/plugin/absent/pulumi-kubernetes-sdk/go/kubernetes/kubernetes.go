// Package kubernetes is what the plugin itself uses of Pulumi's Go SDK for Kubernetes, in which its components for charts and for
// files of YAML register what they find. The SDK is generated, with types for each field of each kind, and takes more than twice as
// long to compile as all the rest of the plugin. The program uses neither component.
package kubernetes

// UntypedArgs are the inputs of a resource of any kind.
type UntypedArgs map[string]any
