import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: [".next/", ".tests/", "out/", "lib/api/schema.d.ts", "next-env.d.ts"] },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.recommendedTypeChecked, a11y.flatConfigs.recommended],
    plugins: { "react-hooks": hooks },
    languageOptions: {
      parserOptions: {
        project: ["tsconfig.json", "tsconfig.tests.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: ["test"], package: "node:test" }] },
      ],
      // A handler of an event may be asynchronous: what it calls shows its own failures.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      // Callbacks are declared as methods of props, which have no `this`.
      "@typescript-eslint/unbound-method": "off",
      // The sign-in page is one form, and a question takes the place of the button that asked for it.
      "jsx-a11y/no-autofocus": "off",
      // What scrolls can be reached and scrolled by keyboard.
      "jsx-a11y/label-has-associated-control": ["error", { controlComponents: ["Number"] }],
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["region"] }],
    },
  },
);
