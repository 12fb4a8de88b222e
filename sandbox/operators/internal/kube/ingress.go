package kube

import "context"

// IngressDomain is the domain below which the cluster serves Routes; "" when the cluster says none.
func (c *Client) IngressDomain(ctx context.Context) (string, error) {
	ingress, err := c.Get(ctx, "config.openshift.io/v1", "Ingress", "", "cluster")
	if err != nil || ingress == nil {
		return "", err
	}
	return Str(ingress, "spec", "domain"), nil
}
