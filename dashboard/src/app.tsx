import { useEffect, useRef } from "preact/hooks";
import { OrderPage } from "./pages/order-page.tsx";
import { Overview } from "./pages/overview.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Banner } from "./parts/banner.tsx";
import { Header } from "./parts/header.tsx";
import { NewOrderDialog } from "./parts/new-order-dialog.tsx";
import { Notices } from "./parts/notices.tsx";
import { route } from "./state/address.ts";
import { listenToKeys } from "./state/keys.ts";
import { isKeyWanted } from "./state/session.ts";

/** The frame that every page has, and the page that the address asks for. */
export function App() {
  useEffect(listenToKeys, []);
  const { page } = route.value;
  const isFirst = useRef(true);
  useEffect(() => {
    // Whoever does not see the page is told that it is another, and goes on from its beginning.
    if (!isFirst.current) document.getElementById("main")?.focus({ preventScroll: page === "orders" });
    isFirst.current = false;
    if (page === "order") window.scrollTo(0, 0);
  }, [page]);
  return (
    <>
      {/* The address' hash is for pages, so the focus is moved by hand. */}
      <button type="button" class="skip-link" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <Header />
      <Banner />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <NewOrderDialog />
      <Notices />
    </>
  );
}

function Page() {
  if (isKeyWanted.value !== undefined) return <SignIn />;
  const { value } = route;
  return value.page === "order" ? <OrderPage key={value.id} id={value.id} /> : <Overview listing={value} />;
}
