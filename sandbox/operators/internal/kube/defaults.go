package kube

// Complete adds to a spec what it lacks of defaults, and leaves what is there. Operators that write whole objects from Go
// types write every struct and every field that is not left out where it is empty.
func Complete(o *Object, defaults M) {
	spec, _ := o.Object["spec"].(M)
	if spec == nil {
		spec = M{}
	}
	o.Object["spec"] = completed(spec, defaults)
}

func completed(have, defaults M) M {
	for key, value := range defaults {
		there, found := have[key]
		nested, isMap := value.(M)
		if below, both := there.(M); isMap && both {
			completed(below, nested)
		} else if !found && isMap {
			have[key] = completed(M{}, nested)
		} else if !found {
			have[key] = value
		}
	}
	return have
}
