/** Actions by the commits of their releases: a tag can be moved, a commit cannot. */
const pinned = {
  "actions/checkout": ["3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"],
  "actions/setup-node": ["820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"],
  "actions/upload-artifact": ["bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"],
  "actions/download-artifact": ["3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"],
  "actions/attest": ["1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"],
  "github/codeql-action/upload-sarif": ["8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"],
  "dagger/dagger-for-github": ["27b130bf0f79a7f6fbbbe0fbca6760dc9bb40a77", "v8.4.1"],
  "docker/login-action": ["4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"],
  "codecov/codecov-action": ["671740ac38dd9b0130fbe1cec585b89eea48d3de", "v5.5.2"],
} as const;

/** An action as a step names it, with its version for people. */
export function action(name: keyof typeof pinned): string {
  const [commit, version] = pinned[name];
  return `${name}@${commit} # ${version}`;
}
