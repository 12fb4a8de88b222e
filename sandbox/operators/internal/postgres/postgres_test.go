package postgres

import (
	"strings"
	"testing"
)

func TestAServerStartsOnlyOnDataThatFits(t *testing.T) {
	env := func(user string) map[string]string {
		return map[string]string{"POSTGRESQL_USER": user, "POSTGRESQL_DATABASE": "flows", "POSTGRESQL_PASSWORD": "new"}
	}
	made := contents{Major: "15", User: "flows", Database: "flows", Password: "old"}
	for name, c := range map[string]struct {
		data  contents
		image string
		user  string
		says  string
	}{
		"an empty volume":             {contents{}, "registry/rhel9/postgresql-15:9.8", "flows", ""},
		"a role that the image has":   {contents{}, "registry/rhel9/postgresql-15:9.8", "postgres", "already exists"},
		"its own data":                {made, "registry/postgresql-15-c9s", "flows", ""},
		"data of another major":       {made, "registry/postgresql:16-el9", "flows", "Incompatible data directory"},
		"data that has no such role":  {made, "registry/rhel9/postgresql-15@sha256:0", "other", `role "other" does not exist`},
		"major before role, as it is": {made, "registry/rhel9/postgresql-16", "other", "Incompatible data directory"},
	} {
		data := c.data
		said := run(&data, major(c.image), env(c.user))
		if c.says == "" && (said != "" || data.Password != "new" || data.User != c.user) {
			t.Errorf("%s: %q, %+v", name, said, data)
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %q", name, said)
		}
	}
}
