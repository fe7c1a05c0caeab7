# Findings about folders, archives and kustomizations.

diag-kustomize-applied = The kustomization in { $folder } was applied: { $count ->
    [one] one object
   *[other] { $count } objects
  }.
diag-kustomize-chosen = { $folder } and { $others } are made of the same parts. Only { $folder } was rendered.
diag-kustomize-not-listed = { $count ->
    [one] One file
   *[other] { $count } files
  } below { $folder } that its kustomization does not name: not read ({ $files }).
diag-kustomize-missing = The kustomization names { $path }, which is not there.
diag-kustomize-remote = { $path } lies elsewhere. Nothing is fetched, so what it brings is missing.
diag-kustomize-loop = { $path } leads back to a kustomization that includes it.
diag-kustomize-twice = { $object } comes from two resources of this kustomization; kubectl refuses that. The first was used.
diag-kustomize-old-patch = patches names { $path } alone, as older versions had it; kubectl refuses that. It was applied by the names in it.
diag-kustomize-no-target = { $target ->
    [none] There is no target here that this could change; kubectl refuses the whole kustomization.
   *[other] There is no { $target } here that this could change; kubectl refuses the whole kustomization.
}
diag-kustomize-selects-nothing = The target { $target } selects nothing, so the patch has no effect.
diag-kustomize-patch-failed = The operation { $op } on { $path } cannot be done on { $object }: { $reason ->
    [test] the value is another
    [missing] the path is not there
    [index] there is no such place in the list
    [operation] there is no operation of that name
    [value] it has no value
   *[scalar] the path leads into a plain value
  }.
diag-kustomize-replacement = { $reason ->
    [source] No single object is the source of { $what }
    [field] There is no field { $what }
    [target] A target does not say what it selects
    [pattern] { $what } is not a regular expression
   *[delimiter] { $what } has no such part
  }; nothing was replaced here.
diag-kustomize-not-applied = { $reason ->
    [helm] { $what } was not applied: charts are not rendered.
    [plugin] { $what } was not applied: plugins are not run.
    [schema] { $what } was not applied: references in objects of other kinds keep their names.
    [content] { $what } is not there or is no text, so its content is missing.
    [secret] The content of { $what } was not read; the hash behind the Secret's name is not the real one.
   *[hash] The hash behind the name of { $what } is not the real one; references to it fit all the same.
  }
diag-other-files = { $count ->
    [one] One file is no Kubernetes manifest and was
   *[other] { $count } files are no Kubernetes manifests and were
  } left out ({ $files }).

hint-kustomize-choose = To have another one, give its folder: { $others }
hint-kustomize-give-file = List them under resources, or give them by name.
hint-kustomize-missing = Check the path. If it lies outside what you gave, give the folder around both.
hint-kustomize-component = { $path } is there, but of the other kind: a kind: Component belongs under components, all others under resources.
hint-kustomize-remote = Render it where it can be fetched, and give the output: kubectl kustomize
hint-kustomize-kubectl = Render it and give the output: kustomize build --enable-helm
hint-helm-template-chart = Render it and give the output: helm template { $name } { $folder }

# Input that cannot be read, on the command line and in uploads.

input-unreadable = { $file } cannot be read: { $reason }
input-too-many-files = { $file } holds more than { $limit } files. The rest was not read; give a smaller folder.
input-kubectl = kubectl could not render { $folder }: { $said }
input-archive-broken = { $file }: damaged, or no archive. Pack it again as .tar, .tar.gz or .zip.
input-archive-entries = { $file }: holds more than { $limit } entries. Pack only the folder with the manifests.
input-archive-bytes = { $file }: unpacks to more than { $limit } MiB. Pack only the folder with the manifests.
input-archive-ratio = { $file }: unpacks to far more than manifests would, so it was not read on. Pack only the folder with the manifests.
input-archive-encrypted = { $file }: needs a password. Pack it again without one.
input-archive-method = { $file }: packed by a method that is not read. Pack it again as .tar.gz, or as .zip in the usual way.
input-archive-outside = { $file }: the name leads out of the archive, so nothing of it was read. Pack it again from inside the folder.
input-archive-empty = { $file }: no file in it. Pack the folder with the manifests.
cli-no-program = --kustomize: { $program } is not on this machine. Leave the option out to have kustomizations rendered here.
input-cluster = kubectl could not read { $kind }: { $said }
    Access to list nodes, pods, services and endpointslices is needed; docs/kubectl.md has the role.
cli-no-kubectl = kubectl is not on this machine's search path; the plugin reads the cluster through it.
cli-no-cluster = The cluster could not be read: { $said }
cli-without-kind = without { $kind }: { $said }
cli-no-interface = No frame of this probe crosses { $name }. Devices that it crosses: { $known }.
cli-interface-pcapng = --interface names the device of a capture: it goes with --format pcapng.
