package kube

// NameLabel is on each Namespace and holds its name.
const NameLabel = "kubernetes.io/metadata.name"

// NetworkPolicy lets those in from that are listed, to all pods of a namespace.
func NetworkPolicy(namespace, name string, from ...M) M {
	return M{
		"apiVersion": "networking.k8s.io/v1",
		"kind":       "NetworkPolicy",
		"metadata":   M{"name": name, "namespace": namespace},
		"spec":       M{"podSelector": M{}, "ingress": L{M{"from": from}}},
	}
}

// Namespaces are those with a label, as a peer of a NetworkPolicy.
func Namespaces(label, value string) M {
	return M{"namespaceSelector": M{"matchLabels": M{label: value}}}
}

// Namespace is one of that name, as a peer of a NetworkPolicy.
func Namespace(name string) M { return Namespaces(NameLabel, name) }

// SameNamespace is all pods of the policy's own namespace, as its peer.
func SameNamespace() M { return M{"podSelector": M{}} }
