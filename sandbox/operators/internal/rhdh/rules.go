package rhdh

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

// Rules is the annotation of Developer Hub's pods that says who may do what of Orchestrator, where permissions are on.
const Rules = "sandbox.orchestrator/permissions"

// entity is what a rule may be about: community-plugins, workspaces/rbac/plugins/rbac-backend/src/validation/policies-validation.ts
// (read in the packages 6.1.0 and 8.1.3).
var entity = regexp.MustCompile(`^(user|group|role):[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*/[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*$`)

// actions are those of Orchestrator's permissions: rhdh-plugins, workspaces/orchestrator/plugins/orchestrator-common/src/permissions.ts.
var actions = map[string]string{
	"orchestrator.workflow":          "read",
	"orchestrator.workflow.use":      "update",
	"orchestrator.workflowAdminView": "read",
	"orchestrator.instanceAdminView": "read",
}

// unruled is what ends the start of the backend for its permissions: admin-creation.ts and csv-file-watcher.ts of rbac-backend.
func (b backend) unruled() string {
	permission := b.at("permission")
	if on, _ := permission["enabled"].(bool); !on {
		return ""
	}
	admins, _ := b.at("permission", "rbac", "admin")["users"].(kube.L)
	for _, a := range admins {
		name, _ := a.(kube.M)["name"].(string)
		if !entity.MatchString(name) {
			return fmt.Sprintf("Invalid admin entity reference '%s'", name)
		}
	}
	if file, _ := b.at("permission", "rbac")["policies-csv-file"].(string); file != "" {
		if _, there := b.files[absolute(file)]; !there {
			return fmt.Sprintf("ENOENT: no such file or directory, open '%s'", file)
		}
	}
	return ""
}

// absolute is a path as the backend sees it, which runs in /opt/app-root/src.
func absolute(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join("/opt/app-root/src", file)
}

// rules are what each role may do of Orchestrator and who has it, a line each, sorted. Lines that casbin or the validation do
// not understand are left out, as upstream leaves them out with a warning; a permission with an action that it has not is one
// that nobody ever asks for.
func (b backend) rules() string {
	if on, _ := b.at("permission")["enabled"].(bool); !on {
		return ""
	}
	file, _ := b.at("permission", "rbac")["policies-csv-file"].(string)
	var lines []string
	for _, line := range strings.Split(b.files[absolute(file)], "\n") {
		fields := strings.Split(line, ",")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		switch {
		case len(fields) == 5 && fields[0] == "p" && entity.MatchString(fields[1]) && fields[4] == "allow":
			action, known := actions[fields[2]]
			if known && action == fields[3] {
				lines = append(lines, fields[1]+" may "+fields[2])
			}
		case len(fields) == 3 && fields[0] == "g" && entity.MatchString(fields[1]) && entity.MatchString(fields[2]):
			lines = append(lines, fields[1]+" is "+fields[2])
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
