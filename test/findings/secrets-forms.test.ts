import { expect, test } from "vitest";
import { base64, foundIn, made, scanOf } from "../support/made-secrets.ts";

const value = made(64, 7);
const given = (text: string): string => text.replace("§", () => value);

test.each([
  ["SECRET_KEY", "a.py", 'SECRET_KEY = "§"'],
  ["SECRET_KEY of Alpaca", "a.py", 'ALPACA_SECRET_KEY = "§"'],
  ["API_SECRET_KEY of Alpaca", "a.env", "APCA_API_SECRET_KEY=§"],
  ["a header of Alpaca", "a.py", 'headers = {"APCA-API-SECRET-KEY": "§"}'],
  ["SECRET_KEY of Binance", "a.py", "BINANCE_SECRET_KEY='§'"],
  ["a name in camel case", "a.ts", 'const binanceSecretKey = "§";'],
  ["a member", "a.ts", '  secretKey: "§",'],
  ["a name with its environment", "a.env", "API_SECRET_PROD=§"],
])("a secret in %s is found", async (_name, path, text) => {
  expect(await foundIn(path, given(text))).toHaveLength(1);
});

test.each([
  ["typed Python", "a.py", 'binance_api_secret: str = "§"'],
  ["typed Python with a default", "a.py", 'api_secret: Optional[str] = "§"'],
  ["a secret of pydantic", "a.py", 'api_secret: SecretStr = SecretStr("§")'],
  ["typed TypeScript", "a.ts", 'const apiSecret: string = "§";'],
  ["typed Rust", "a.rs", 'const API_SECRET: &str = "§";'],
  ["static Rust", "a.rs", 'static API_SECRET: &\'static str = "§";'],
  ["typed Go", "a.go", 'const apiSecret string = "§"'],
  ["Go", "a.go", 'apiSecret := "§"'],
  ["a variable that is set", "a.py", 'os.environ["BINANCE_API_SECRET"] = "§"'],
  ["a variable with a default", "a.py", 'os.environ.get("BINANCE_API_SECRET", "§")'],
  ["an index", "a.py", "config['api_secret'] = '§'"],
  ["a container's variable", "deploy.yaml", "- name: BINANCE_API_SECRET\n  value: §"],
  ["a container's variable in quotes", "deploy.yaml", '- name: API_SECRET\n  value: "§"'],
  ["a task's variable", "task.json", '{"name": "API_SECRET", "value": "§"}'],
  ["ENV of a Dockerfile", "Dockerfile", "ENV API_SECRET=§"],
  ["ENV without =", "Dockerfile", "ENV API_SECRET §"],
  ["ENV behind another", "api.Dockerfile", "ENV A=b \\\n  X=y\nENV API_SECRET=§"],
  ["ARG of a Dockerfile", "Dockerfile", "ARG API_SECRET=§"],
  ["a unit of systemd", "api.service", "Environment=API_SECRET=§"],
  ["a unit of systemd in quotes", "api.service", 'Environment="API_SECRET=§"'],
  ["an .envrc", ".envrc", "export API_SECRET=§"],
  ["a .netrc", ".netrc", "machine a.corp login ada password §"],
  ["a README", "README.md", "```\nexport API_SECRET=§\n```"],
  ["a notebook", "a.ipynb", '{"source": ["API_SECRET = \\"§\\"\\n"]}'],
  ["an export in a notebook", "a.ipynb", '{"source": ["!export API_SECRET=§\\n", "x"]}'],
  ["a header", "a.sh", 'curl -H "Authorization: Bearer §" https://api.corp'],
  ["a header in code", "a.py", 'headers = {"Authorization": "Bearer §"}'],
  ["an option", "run.txt", "tool --password=§ --verbose"],
  ["an option apart", "run.txt", "tool --api-secret § --verbose"],
  ["a variable of docker", "run.md", "docker run -e API_SECRET=§ image"],
  ["a tag", "a.xml", "<password>§</password>"],
  ["an attribute", "a.xml", '<add key="ApiSecret" value="§"/>'],
  ["brackets over lines", "a.py", 'API_SECRET = (\n    "§"\n)'],
  ["a list of compose", "compose.yml", 'environment:\n  - "API_SECRET=§"'],
  ["an example", "examples/a.py", 'BINANCE_API_SECRET = "§"'],
  ["a document", "docs/a.md", 'api_secret = "§"'],
])("a secret in the form of %s is found", async (_form, path, text) => {
  expect(await foundIn(path, `first\n${given(text)}\n`)).toHaveLength(1);
});

test("a value of an environment file that holds # is found whole", async () => {
  const secret = `${made(20, 3)}#${made(20, 4)}`;
  const { findings } = await scanOf({ ".env": `JWT_SECRET=${secret} # from the vault\n` });
  expect(findings.map(({ excerpt }) => excerpt)).toEqual(["… (41 characters)"]);
  const spaced = `JWT_SECRET=${made(7, 3)} #${made(40, 4)}\n`;
  expect(await foundIn(".env", spaced)).toEqual([]);
});

test("base64 with / in it is no path, and a path is no base64", async () => {
  const secret = `aB3/${base64(40, 11).replaceAll("+", "/")}`;
  expect(await foundIn(".env", `JWT_SECRET=${secret}\n`)).toEqual([[1, "assigned-secret"]]);
  for (const path of [
    "/run/secrets/production/token_file_1",
    "secret/data/trading/v2/binance/key1",
    "./vault/Production2/apiSecret.txt",
    "projects/my-trading-app/secrets/api-token/versions/12",
  ])
    expect(await foundIn(".env", `JWT_SECRET=${path}\n`)).toEqual([]);
});

test.each([
  ["a reference to an output", "a.tf", "password = random_password.database1.result_of_it"],
  ["a name of a variable", "a.py", 'api_secret = os.getenv("X", "BINANCE_API_SECRET_V2")'],
  ["a type", "a.ts", "type Options = { apiSecret: string; token?: string };"],
  ["a parameter", "a.py", "def login(password: str, token: str = None): ..."],
  ["words", "a.yml", "password: the one that you got by mail in 2024"],
  ["a list of names", "a.py", '"binance_api_key", "binance_api_secret_v2", "kraken_token_3"'],
  ["a header in a template", "a.py", 'headers = {"Authorization": f"Bearer {token}"}'],
  ["a variable in a header", "a.sh", 'curl -H "Authorization: Bearer $API_TOKEN"'],
  ["a URL that is put together", "a.py", 'f"postgresql://{user}:{password}@{host}/x"'],
  [
    "a secret of the platform",
    "a.yaml",
    "- name: API_SECRET\n  valueFrom: { secretKeyRef: { name: a1, key: b2 } }",
  ],
  ["a form", "a.html", '<input name="password" type="password" placeholder="Password of 12 signs">'],
])("%s is no secret", async (_kind, path, text) => {
  expect(await foundIn(path, `${text}\n`)).toEqual([]);
});
