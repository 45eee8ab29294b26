package org.rraml.hapi;

import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * HAPI's JPA server for FHIR R4 on 127.0.0.1, in memory: it starts empty and forgets at its end.
 *
 * <p>Arguments: the port (0 for any free one), and the most resources that a page holds, whatever
 * {@code _count} asks for. A line with the base URL says that it answers; it runs until ended.
 */
public final class Serve {
  private Serve() {}

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    int page = Integer.parseInt(arguments[1]);
    ApplicationContext context = new AnnotationConfigApplicationContext(Storage.class);
    ServletContextHandler root = new ServletContextHandler("/");
    root.addServlet(new ServletHolder(fhir(context, page)), "/fhir/*");
    Server jetty = new Server();
    ServerConnector loopback = new ServerConnector(jetty);
    loopback.setHost("127.0.0.1");
    loopback.setPort(port);
    jetty.addConnector(loopback);
    jetty.setHandler(root);
    jetty.start();
    System.out.println("http://127.0.0.1:" + loopback.getLocalPort() + "/fhir");
    jetty.join();
  }

  private static RestfulServer fhir(ApplicationContext context, int page) {
    IFhirSystemDao<?, ?> system = context.getBean("mySystemDaoR4", IFhirSystemDao.class);
    system.getContext()
        .getParserOptions()
        .setDontStripVersionsFromReferencesAtPaths(Storage.VERSIONED);
    DatabaseBackedPagingProvider pages = context.getBean(DatabaseBackedPagingProvider.class);
    pages.setDefaultPageSize(page);
    pages.setMaximumPageSize(page);
    RestfulServer server = new RestfulServer(system.getContext());
    server.registerProviders(
        context.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
    server.registerProvider(context.getBean("mySystemProviderR4", JpaSystemProvider.class));
    server.setPagingProvider(pages);
    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            server,
            system,
            context.getBean(JpaStorageSettings.class),
            context.getBean(ISearchParamRegistry.class),
            context.getBean(IValidationSupport.class)));
    return server;
  }
}
