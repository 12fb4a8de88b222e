package kube

// ContainerWith is the first container of a pod that has a variable in its environment, and the value of that; nil where none
// has it.
func ContainerWith(pod *Object, variable string) (M, string) {
	containers, _ := Map(pod, "spec")["containers"].(L)
	for _, c := range containers {
		container, _ := c.(M)
		env, _ := container["env"].(L)
		for _, e := range env {
			if entry, _ := e.(M); entry["name"] == variable {
				value, _ := entry["value"].(string)
				return container, value
			}
		}
	}
	return nil, ""
}
