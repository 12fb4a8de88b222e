package network

import (
	"context"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"orchestrator-sandbox/operators/internal/kube"
)

// peer is somebody who wants to reach a pod: the labels of his namespace and of his pod.
type peer struct {
	namespace       string
	namespaceLabels labels.Set
	podLabels       labels.Set
}

// fromHosts is whoever is in the network of the nodes, as the API server is. To OVN-Kubernetes these are in a namespace of
// their own, by whose label policies let them in:
// https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/networking/network-policy
var fromHosts = peer{
	namespace:       "openshift-host-network",
	namespaceLabels: labels.Set{HostNetworkLabel: ""},
}

// HostNetworkLabel is on the namespace that stands for the network of the nodes.
const HostNetworkLabel = "policy-group.network.openshift.io/host-network"

// Reaches tells whether the policies let one pod's requests into another.
func (n *Network) Reaches(ctx context.Context, from, to *kube.Object) (bool, error) {
	namespace, err := n.client.Get(ctx, "v1", "Namespace", "", from.GetNamespace())
	if err != nil || namespace == nil {
		return false, err
	}
	return n.admits(ctx, to, Port, peer{from.GetNamespace(), namespace.GetLabels(), from.GetLabels()})
}

// admits tells whether a pod's policies let somebody in. A pod that none selects is open; else one has to name him.
func (n *Network) admits(ctx context.Context, pod *kube.Object, port string, who peer) (bool, error) {
	policies, err := n.client.List(ctx, "networking.k8s.io/v1", "NetworkPolicy", pod.GetNamespace(), "")
	if err != nil {
		return false, err
	}
	isOpen := true
	for i := range policies {
		policy := &policies[i]
		selects, err := matches(kube.Map(policy, "spec", "podSelector"), pod.GetLabels())
		if err != nil {
			return false, fmt.Errorf("%s: %w", kube.Ref(policy), err)
		}
		if !selects || !closesIngress(policy) {
			continue
		}
		isOpen = false
		rules, _ := kube.Map(policy, "spec")["ingress"].(kube.L)
		for _, r := range rules {
			rule, _ := r.(kube.M)
			names, err := names(rule, policy.GetNamespace(), who)
			if err != nil {
				return false, fmt.Errorf("%s: %w", kube.Ref(policy), err)
			}
			if names && isForPort(rule, port) {
				return true, nil
			}
		}
	}
	return isOpen, nil
}

// closesIngress tells whether a policy is one of incoming traffic, as it is unless it says otherwise.
func closesIngress(policy *kube.Object) bool {
	types, _ := kube.Map(policy, "spec")["policyTypes"].(kube.L)
	if len(types) == 0 {
		return true
	}
	for _, t := range types {
		if t == "Ingress" {
			return true
		}
	}
	return false
}

// names tells whether a rule is about somebody. A rule without peers is about all.
func names(rule kube.M, namespace string, who peer) (bool, error) {
	from, _ := rule["from"].(kube.L)
	if len(from) == 0 {
		return true, nil
	}
	for _, f := range from {
		entry, _ := f.(kube.M)
		namespaces, hasNamespaces := entry["namespaceSelector"].(kube.M)
		pods, hasPods := entry["podSelector"].(kube.M)
		if !hasNamespaces && !hasPods {
			continue // an ipBlock: no pod's address is known beforehand
		}
		inNamespace := who.namespace == namespace
		if hasNamespaces {
			var err error
			if inNamespace, err = matches(namespaces, who.namespaceLabels); err != nil {
				return false, err
			}
		}
		isPod, err := matches(pods, who.podLabels)
		if err != nil {
			return false, err
		}
		if inNamespace && isPod {
			return true, nil
		}
	}
	return false, nil
}

func isForPort(rule kube.M, port string) bool {
	ports, _ := rule["ports"].(kube.L)
	for _, p := range ports {
		entry, _ := p.(kube.M)
		if number, ok := entry["port"].(int64); ok && strconv.FormatInt(number, 10) == port || entry["port"] == nil {
			return true
		}
	}
	return len(ports) == 0
}

// matches tells whether a label selector selects labels; an empty one selects all.
func matches(selector kube.M, set labels.Set) (bool, error) {
	var typed metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(selector, &typed); err != nil {
		return false, err
	}
	parsed, err := metav1.LabelSelectorAsSelector(&typed)
	if err != nil {
		return false, err
	}
	return parsed.Matches(set), nil
}
